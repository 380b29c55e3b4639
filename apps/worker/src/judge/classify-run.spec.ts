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
const verdictOf = (changes: Partial<RunOutcome>, check = right as () => ReturnType<typeof right | typeof wrong>) =>
  classifyRun({ ...good, ...changes }, limits, check).verdict;

describe('classifyRun', () => {
  it('accepts a right answer in time', () => expect(verdictOf({})).toBe('AC'));
  it('gives WA with the first difference for a wrong answer', () =>
    expect(classifyRun(good, limits, wrong)).toEqual({ verdict: 'WA', message: 'Line 1: …' }));
  it('gives RTE, not AC, when the right answer is followed by exit 1', () =>
    expect(verdictOf({ exitCode: 1 })).toBe('RTE'));
  it('gives RTE for a signal', () =>
    expect(verdictOf({ status: 'signalled', exitCode: null, signal: 11 })).toBe('RTE'));
  it('gives TLE for CPU time over the soft limit although the program ended by itself', () => {
    expect(verdictOf({ cpuTimeUs: 1_000_001 })).toBe('TLE');
    expect(verdictOf({ cpuTimeUs: 1_000_000 })).toBe('AC');
  });
  it('gives TLE for a program that sleeps past the wall limit', () =>
    expect(verdictOf({ status: 'wallTimeExceeded', exitCode: null })).toBe('TLE'));
  it('gives AC for wall time over the soft limit alone', () => expect(verdictOf({ wallTimeUs: 2_000_000 })).toBe('AC'));
  it('gives TLE before RTE and WA', () => {
    expect(verdictOf({ cpuTimeUs: 1_500_000, exitCode: 1 })).toBe('TLE');
    expect(verdictOf({ cpuTimeUs: 1_500_000 }, wrong)).toBe('TLE');
  });
  it('gives MLE before TLE', () =>
    expect(verdictOf({ status: 'memoryExceeded', cpuTimeUs: 5_000_000, exitCode: null, signal: 9 })).toBe('MLE'));
  it('gives MLE for an exhausted heap only near the limit', () => {
    const exhausted = { heapExhausted: true, exitCode: 1 };
    expect(verdictOf({ ...exhausted, memoryPeakBytes: 58 << 20 })).toBe('MLE');
    expect(verdictOf({ ...exhausted, memoryPeakBytes: 57 << 20 })).toBe('RTE');
  });
  it('gives OLE before the checker sees the cut output', () =>
    expect(verdictOf({ status: 'stdoutExceeded', exitCode: null, signal: 9 })).toBe('OLE'));
  it('throws on a status it does not know, so that unknown never becomes AC', () =>
    expect(() => verdictOf({ status: 'new' as never })).toThrow('Unexpected value'));
});
