import fc from 'fast-check';
import { LazyJudging } from './lazy.js';
import type { RunVerdict } from './verdict.js';

const verdict = fc.constantFrom<RunVerdict>('AC', 'AC', 'AC', 'WA', 'TLE', 'RTE');

/** The obvious reference: one after the other, stop at the first that fails. */
const oneByOne = (verdicts: readonly RunVerdict[]): RunVerdict => verdicts.find((one) => one !== 'AC') ?? 'AC';

describe('LazyJudging', () => {
  it('gives the verdict of judging one by one, whatever the order in which runs end and the number of lanes', () => {
    fc.assert(
      fc.property(
        fc.array(verdict, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat()),
        (verdicts, lanes, picks) => {
          const judging = new LazyJudging(verdicts.length);
          const open: number[] = [];
          for (const pick of picks) {
            while (open.length < lanes) {
              const ordinal = judging.next();
              if (ordinal === null) break;
              open.push(ordinal);
            }
            if (open.length === 0) break;
            const [ordinal] = open.splice(pick % open.length, 1);
            if (ordinal === undefined) throw new Error('unreachable');
            judging.record({ ordinal, verdict: verdicts[ordinal - 1] ?? 'AC' });
          }
          expect(judging.verdict).toBe(oneByOne(verdicts));
          expect(judging.last).toBe(verdicts.findIndex((one) => one !== 'AC') + 1 || verdicts.length);
        },
      ),
    );
  });

  it('waits for a run below a failing one', () => {
    const judging = new LazyJudging(3);
    judging.next();
    judging.next();
    judging.record({ ordinal: 2, verdict: 'WA' });
    expect(judging.verdict).toBeNull();
    expect(judging.next()).toBeNull();
    expect(judging.counts(3)).toBe(false);
    judging.record({ ordinal: 1, verdict: 'TLE' });
    expect(judging.verdict).toBe('TLE');
  });

  it('goes on from runs that an earlier attempt stored', () => {
    const judging = new LazyJudging(3, [{ ordinal: 1, verdict: 'AC' }]);
    expect(judging.next()).toBe(2);
    expect(judging.next()).toBe(3);
    expect(judging.next()).toBeNull();
  });

  it('accepts a program with nothing left to run', () => {
    expect(new LazyJudging(1, [{ ordinal: 1, verdict: 'AC' }]).verdict).toBe('AC');
  });
});
