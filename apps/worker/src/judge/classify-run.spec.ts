import { runLimits } from '#libs/judging/limits.js';
import type { RunOutcome } from '#libs/paiza/outcome.js';
import { classifyRun } from './classify-run.js';

const limits = runLimits({ timeLimitMs: 1000, memoryLimitBytes: 64 << 20, outputLimitBytes: 1 << 20 });
const good: RunOutcome = {
  status: 'exited',
  exitCode: 0,
  signal: null,
  cpuTimeUs: 10_000,
  wallTimeUs: 12_000,
  memoryPeakBytes: 1 << 20,
  memoryLimitBytes: 64 << 20,
  heapExhausted: false,
  stdout: Buffer.from('3\n'),
  stderr: Buffer.alloc(0),
  approximate: false,
};
const right = () => ({ accepted: true }) as const;
const wrong = () => ({ accepted: false, message: 'Line 1: …' }) as const;
const verdictOf = async (
  changes: Partial<RunOutcome>,
  check = right as () => ReturnType<typeof right | typeof wrong>,
) => (await classifyRun({ ...good, ...changes }, limits, check)).verdict;

describe('classifyRun', () => {
  it('accepts a right answer in time', async () => await expect(verdictOf({})).resolves.toBe('AC'));
  it('gives WA with the first difference for a wrong answer', () =>
    expect(classifyRun(good, limits, wrong)).resolves.toEqual({ verdict: 'WA', message: 'Line 1: …' }));
  it('gives RTE, not AC, when the right answer is followed by exit 1', async () =>
    await expect(verdictOf({ exitCode: 1 })).resolves.toBe('RTE'));
  it('gives RTE for a signal', async () =>
    await expect(verdictOf({ status: 'signalled', exitCode: null, signal: 11 })).resolves.toBe('RTE'));
  it('gives TLE for CPU time over the soft limit although the program ended by itself', async () => {
    await expect(verdictOf({ cpuTimeUs: 1_000_001 })).resolves.toBe('TLE');
    await expect(verdictOf({ cpuTimeUs: 1_000_000 })).resolves.toBe('AC');
  });
  it('gives TLE for a program that sleeps past the wall limit', async () =>
    await expect(verdictOf({ status: 'wallTimeExceeded', exitCode: null })).resolves.toBe('TLE'));
  it('gives AC for wall time over the soft limit alone', async () =>
    await expect(verdictOf({ wallTimeUs: 2_000_000 })).resolves.toBe('AC'));
  it('gives TLE before RTE and WA', async () => {
    await expect(verdictOf({ cpuTimeUs: 1_500_000, exitCode: 1 })).resolves.toBe('TLE');
    await expect(verdictOf({ cpuTimeUs: 1_500_000 }, wrong)).resolves.toBe('TLE');
  });
  it('gives MLE before TLE', async () =>
    await expect(
      verdictOf({ status: 'memoryExceeded', cpuTimeUs: 5_000_000, exitCode: null, signal: 9 }),
    ).resolves.toBe('MLE'));
  it('gives MLE for an exhausted heap only near the limit', async () => {
    const exhausted = { heapExhausted: true, exitCode: 1 };
    await expect(verdictOf({ ...exhausted, memoryPeakBytes: 58 << 20 })).resolves.toBe('MLE');
    await expect(verdictOf({ ...exhausted, memoryPeakBytes: 57 << 20 })).resolves.toBe('RTE');
  });
  it('gives OLE before the checker sees the cut output', async () =>
    await expect(verdictOf({ status: 'stdoutExceeded', exitCode: null, signal: 9 })).resolves.toBe('OLE'));
  it('throws on a status it does not know, so that unknown never becomes AC', () =>
    expect(verdictOf({ status: 'new' as never })).rejects.toThrow('Unexpected value'));
});
