import type { NewRun } from './judgement.repository.js';

/** Runs are written many at a time: one write costs about as much as a run. A crash loses at most this much. */
const FLUSH_AFTER_MS = 100;
const FLUSH_AT = 50;

/** Collects finished runs and writes them in batches, one write at a time. */
export class RunWriter {
  private pending: NewRun[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  /** `onFailed` hears of the first write that fails; `close` throws it too. */
  constructor(
    private readonly write: (runs: readonly NewRun[]) => Promise<void>,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  add(run: NewRun): void {
    this.pending.push(run);
    if (this.pending.length >= FLUSH_AT) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }

  /** Writes what is left. Throws what a write threw. */
  async close(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const runs = this.pending;
    if (runs.length === 0) return;
    this.pending = [];
    this.writing = this.writing.then(() => this.write(runs));
    // Told at once, so that judging stops; the rejection itself is taken by close().
    this.writing.catch(this.onFailed);
  }
}
