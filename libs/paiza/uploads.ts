import type { Input } from './engine.js';
import { unlessAborted } from './unless-aborted.js';

interface Flight {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  waiting: number;
}

/** One upload of a blob at a time for all that wait for it; it is broken off when nobody is left. */
export class Uploads {
  private readonly flights = new Map<string, Flight>();

  constructor(private readonly put: (input: Input, signal: AbortSignal) => Promise<void>) {}

  /** Throws what the upload throws, and the signal's reason. */
  async upload(input: Input, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const flight = this.flights.get(input.digest) ?? this.start(input);
    flight.waiting++;
    try {
      await unlessAborted(flight.done, signal);
    } finally {
      if (--flight.waiting === 0) this.end(input.digest, flight);
    }
  }

  private start(input: Input): Flight {
    const stop = new AbortController();
    const flight: Flight = { done: this.put(input, stop.signal), stop, waiting: 0 };
    // Who waits hears of it; when nobody is left, nobody needs to.
    flight.done.catch(() => {});
    this.flights.set(input.digest, flight);
    return flight;
  }

  private end(digest: string, flight: Flight): void {
    this.flights.delete(digest);
    flight.stop.abort(new Error('Nobody waits for this upload any more.'));
  }
}
