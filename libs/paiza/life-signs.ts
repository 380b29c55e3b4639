import { RunnerFault, RunnerUnavailable } from './errors.js';

/** Two signs missed in a row: one may be late on a machine that is short of breath. */
const SILENCES = 2;
/** An answer may be on its way while the server has already forgotten what it was about. */
const ABSENCES = 3;

interface Waiting {
  /** What the server knows it by; null for work that is no create. */
  readonly id: string | null;
  readonly giveUp: AbortController;
  absences: number;
}

/**
 * An answer that waits for a slot may take long, so no deadline can tell one that is late from one that is lost. While there
 * is something to wait for, the server is asked what it is working on: when it is silent, all that waits is given up; when it
 * does not know of one create any more, that one is lost.
 */
export class LifeSigns {
  private readonly waiting = new Set<Waiting>();
  private timer: NodeJS.Timeout | null = null;

  /** `ask` gives the ids of all creates under way, or throws when there is no sign; it has a deadline of its own. */
  constructor(
    private readonly ask: () => Promise<readonly string[]>,
    private readonly everyMs: number,
  ) {}

  /** Does the work with a signal that aborts with RunnerUnavailable, RunnerFault, or the reason of `signal`. */
  async during<T>(id: string | null, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const waiting: Waiting = { id, giveUp: new AbortController(), absences: 0 };
    this.waiting.add(waiting);
    this.askLater(0);
    try {
      return await work(AbortSignal.any([signal, waiting.giveUp.signal]));
    } finally {
      this.waiting.delete(waiting);
    }
  }

  private askLater(silences: number): void {
    this.timer ??= setTimeout(() => void this.askNow(silences), this.everyMs).unref();
  }

  private async askNow(before: number): Promise<void> {
    const askedFor = [...this.waiting];
    const known = await this.ask().catch(() => null);
    this.timer = null;
    const silences = known === null ? before + 1 : 0;
    if (known !== null) this.compare(askedFor, new Set(known));
    if (silences >= SILENCES) {
      for (const { giveUp } of this.waiting) giveUp.abort(new RunnerUnavailable('The runner hangs: no sign of life.'));
      this.waiting.clear();
    }
    if (this.waiting.size > 0) this.askLater(silences);
  }

  private compare(askedFor: readonly Waiting[], known: ReadonlySet<string>): void {
    for (const one of askedFor) {
      if (one.id === null) continue;
      one.absences = known.has(one.id) ? 0 : one.absences + 1;
      if (one.absences < ABSENCES) continue;
      one.giveUp.abort(new RunnerFault('RUN_LOST', `the runner lives and does not know of ${one.id}`));
      this.waiting.delete(one);
    }
  }
}
