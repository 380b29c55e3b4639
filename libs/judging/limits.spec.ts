import fc from 'fast-check';
import { DEFAULT_OUTPUT_LIMIT_BYTES, outputLimitBytes, runLimits } from './limits.js';

const MIB = 1024 * 1024;
const limitsFor = (timeLimitMs: number) =>
  runLimits({ timeLimitMs, memoryLimitBytes: 64 * MIB, outputLimitBytes: 16 * MIB });

describe('the limits of a run', () => {
  it.each<[timeLimitMs: number, softCpuUs: number, hardCpuUs: number, wallUs: number]>([
    [1, 1_000, 1_001_000, 3_002_000],
    [1_000, 1_000_000, 2_000_000, 5_000_000],
    [2_000, 2_000_000, 3_000_000, 7_000_000],
    [10_000, 10_000_000, 11_000_000, 23_000_000],
    // From here on a tenth is more than a second.
    [20_000, 20_000_000, 22_000_000, 45_000_000],
    [60_000, 60_000_000, 66_000_000, 133_000_000],
  ])('of %i ms are a second or a tenth more of CPU, and twice that and a second of wall time', (...row) => {
    const [timeLimitMs, softCpuUs, hardCpuUs, wallUs] = row;
    expect(limitsFor(timeLimitMs)).toEqual({
      softCpuUs,
      hardCpuUs,
      wallUs,
      memoryBytes: 64 * MIB,
      stdoutBytes: 16 * MIB,
    });
  });

  it('are whole microseconds in the right order, whatever the time limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), (timeLimitMs) => {
        const { softCpuUs, hardCpuUs, wallUs } = limitsFor(timeLimitMs);
        expect([softCpuUs, hardCpuUs, wallUs].every(Number.isSafeInteger)).toBe(true);
        expect(softCpuUs).toBeLessThan(hardCpuUs);
        expect(hardCpuUs).toBeLessThan(wallUs);
      }),
    );
  });
});

describe('the output limit', () => {
  it.each<[why: string, wantedBytes: number | undefined, longestAnswerBytes: number, bytes: number]>([
    ['16 MiB when nothing is wanted', undefined, 100, DEFAULT_OUTPUT_LIMIT_BYTES],
    ['16 MiB for an answer of half of it', undefined, 8 * MIB, 16 * MIB],
    ['twice a longer answer', undefined, 8 * MIB + 1, 16 * MIB + 2],
    ['what is wanted', 1000, 500, 1000],
    ['twice the answer when less is wanted', 1000, 501, 1002],
    ['what is wanted when that is more', 64 * MIB, 0, 64 * MIB],
  ])('is %s', (_why, wantedBytes, longestAnswerBytes, bytes) => {
    expect(outputLimitBytes(wantedBytes, longestAnswerBytes)).toBe(bytes);
  });
});
