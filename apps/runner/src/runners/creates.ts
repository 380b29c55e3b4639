import { newRunId } from './run-id.js';
import { SupersetMistake } from './parse-superset.js';

/** Somebody asked for it to end, or nobody is left to hear the answer. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** A create that is not answered yet. */
export interface OpenCreate {
  readonly id: string;
  /** Aborts with Cancelled. */
  readonly signal: AbortSignal;
  cancel(why: string): void;
  close(): void;
}

/** Creates that are under way, so that they can be cancelled, and so that who waits for one can ask whether it still is. */
export class Creates {
  private readonly open = new Map<string, OpenCreate>();

  get ids(): string[] {
    return [...this.open.keys()];
  }

  /** Throws SupersetMistake when the id is in use. */
  start(id = newRunId()): OpenCreate {
    if (this.open.has(id)) throw new SupersetMistake('This id is in use: another create has it.');
    const abort = new AbortController();
    const create: OpenCreate = {
      id,
      signal: abort.signal,
      cancel: (why) => abort.abort(new Cancelled(why)),
      close: () => void this.open.delete(id),
    };
    this.open.set(id, create);
    return create;
  }

  /** False when there is none. */
  cancel(id: string): boolean {
    const create = this.open.get(id);
    create?.cancel('It was cancelled.');
    return create !== undefined;
  }
}
