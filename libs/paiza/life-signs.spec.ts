import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerFault, RunnerUnavailable } from './errors.js';
import { LifeSigns } from './life-signs.js';

const EVERY_MS = 10;
const never = new AbortController().signal;
/** Ends only when it is given up. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('LifeSigns', () => {
  it('gives up all that waits when the server is silent', async () => {
    const signs = new LifeSigns(() => Promise.reject(new Error('silent')), EVERY_MS);
    const works = [signs.during('a', never, endless), signs.during(null, never, endless)];
    for (const work of works) await expect(work).rejects.toThrow(RunnerUnavailable);
  });

  it('gives up the one create that a living server does not know of, and no other', async () => {
    let knowsB = true;
    const signs = new LifeSigns(async () => (knowsB ? ['b'] : []), EVERY_MS);
    const lost = signs.during('a', never, endless);
    const known = signs.during('b', never, endless);
    const upload = signs.during(null, never, () => sleep(20 * EVERY_MS, 'uploaded'));
    await expect(lost).rejects.toThrow(RunnerFault);
    await expect(lost).rejects.toThrow(/RUN_LOST.*know of a/);
    await expect(upload).resolves.toBe('uploaded');
    knowsB = false;
    await expect(known).rejects.toThrow(/RUN_LOST/);
  });

  it('forgives a server that is silent once, and a create that is absent for a moment', async () => {
    let asked = 0;
    const signs = new LifeSigns(async () => {
      asked++;
      if (asked % 2 === 1) throw new Error('busy');
      return asked % 4 === 0 ? ['a'] : [];
    }, EVERY_MS);
    await expect(signs.during('a', never, () => sleep(30 * EVERY_MS, 'done'))).resolves.toBe('done');
    expect(asked).toBeGreaterThan(5);
  });

  it('asks nothing when there is nothing to wait for', async () => {
    let asked = 0;
    const signs = new LifeSigns(async () => [String(asked++)], EVERY_MS);
    await signs.during('a', never, () => Promise.resolve());
    await sleep(5 * EVERY_MS);
    expect(asked).toBeLessThanOrEqual(1);
  });
});
