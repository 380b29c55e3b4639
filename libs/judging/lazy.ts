import type { RunVerdict } from './verdict.js';

/** What is known of one test case. */
export interface JudgedRun {
  readonly ordinal: number;
  readonly verdict: RunVerdict;
}

/**
 * Exact lazy judging. With f the lowest failing ordinal, everything below f must be known, everything above f does not
 * count. So the answer never depends on the order in which runs end. Ordinals are 1…total.
 */
export class LazyJudging {
  private readonly known = new Map<number, RunVerdict>();
  private readonly started = new Set<number>();
  private lowestFailing = Number.POSITIVE_INFINITY;

  constructor(
    readonly total: number,
    stored: readonly JudgedRun[] = [],
  ) {
    for (const run of stored) this.record(run);
  }

  /** The lowest ordinal that still has to be run and that nobody has started; it counts as started now. */
  next(): number | null {
    for (let ordinal = 1; ordinal <= this.last; ordinal++) {
      if (this.started.has(ordinal)) continue;
      this.started.add(ordinal);
      return ordinal;
    }
    return null;
  }

  record(run: JudgedRun): void {
    this.started.add(run.ordinal);
    this.known.set(run.ordinal, run.verdict);
    if (run.verdict !== 'AC') this.lowestFailing = Math.min(this.lowestFailing, run.ordinal);
  }

  /** Whether a run of this ordinal can still count. */
  counts(ordinal: number): boolean {
    return ordinal <= this.last;
  }

  get done(): number {
    return this.known.size;
  }

  /** The verdict, or null while a run that counts is not known. */
  get verdict(): RunVerdict | null {
    for (let ordinal = 1; ordinal <= this.last; ordinal++) if (!this.known.has(ordinal)) return null;
    return this.known.get(this.lowestFailing) ?? 'AC';
  }

  /** The last ordinal that counts. */
  get last(): number {
    return Math.min(this.total, this.lowestFailing);
  }
}
