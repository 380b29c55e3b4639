import { RunnerUnavailable } from './errors.js';

/** Two signs missed in a row: one may be late on a machine that is short of breath. */
const MISSES = 2;

/**
 * An answer that waits for a slot may take long, so its own deadline notices a server that hangs far too late. While there
 * is something to wait for, the server is asked for a sign of life; when it gives none, all that waits is given up.
 */
export class LifeSigns {
  private readonly waiting = new Set<AbortController>();
  private timer: NodeJS.Timeout | null = null;

  /** `ask` throws when there is no sign; it has a deadline of its own. */
  constructor(
    private readonly ask: () => Promise<unknown>,
    private readonly everyMs: number,
  ) {}

  /** Does the work with a signal that aborts with RunnerUnavailable, or with the reason of `signal`. */
  async during<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const giveUp = new AbortController();
    this.waiting.add(giveUp);
    this.askLater(0);
    try {
      return await work(AbortSignal.any([signal, giveUp.signal]));
    } finally {
      this.waiting.delete(giveUp);
    }
  }

  private askLater(misses: number): void {
    this.timer ??= setTimeout(() => void this.askNow(misses), this.everyMs).unref();
  }

  private async askNow(before: number): Promise<void> {
    const misses = await this.ask().then(
      () => 0,
      () => before + 1,
    );
    this.timer = null;
    if (misses >= MISSES) {
      for (const giveUp of this.waiting) giveUp.abort(new RunnerUnavailable('The runner hangs: no sign of life.'));
      this.waiting.clear();
    }
    if (this.waiting.size > 0) this.askLater(misses);
  }
}
