import { jest } from '@jest/globals';
import { every } from './every.js';

const fail = (error: unknown) => {
  throw error;
};

describe('every', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('does the work at once, and again after each pause as long as it is then', async () => {
    const times: number[] = [];
    let pause = 100;
    const end = every(
      () => pause,
      async () => void times.push(performance.now()),
      fail,
    );
    await jest.advanceTimersByTimeAsync(250);
    pause = 1_000;
    await jest.advanceTimersByTimeAsync(1_100);
    end();
    await jest.advanceTimersByTimeAsync(10_000);
    const [first = 0] = times;
    expect(times.map((time) => time - first)).toEqual([0, 100, 200, 300, 1_300]);
  });

  it('waits for work that is under way, and goes on after an error', async () => {
    const begun: (() => void)[] = [];
    const errors: unknown[] = [];
    const work = () => new Promise<void>((_, reject) => begun.push(() => reject(new Error('the line was cut'))));
    const end = every(
      () => 100,
      work,
      (error) => errors.push(error),
    );
    await jest.advanceTimersByTimeAsync(500);
    expect(begun).toHaveLength(1);
    begun[0]?.();
    await jest.advanceTimersByTimeAsync(100);
    end();
    expect(begun).toHaveLength(2);
    expect(errors).toEqual([new Error('the line was cut')]);
  });

  it('gives up work that was lost, says so, and is not confused by its late end', async () => {
    const ends: (() => void)[] = [];
    const errors: unknown[] = [];
    const end = every(
      () => 1_000,
      () => new Promise<void>((done) => ends.push(done)),
      (error) => errors.push(error),
    );
    await jest.advanceTimersByTimeAsync(20_500);
    expect(ends).toHaveLength(2);
    expect(errors.map(String)).toEqual(['Error: No end after 20000 ms; begun anew.']);
    ends[0]?.();
    await jest.advanceTimersByTimeAsync(5_000);
    end();
    expect(ends).toHaveLength(2);
  });
});
