import { ApiError } from './errors.js';

/** Lets `width` pieces of heavy work run at once and a bounded number wait; more are refused with 503 BUSY. */
export class Gate {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly width: number,
    private readonly mostWaiting: number,
  ) {}

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.width) await this.wait();
    else this.running++;
    try {
      return await work();
    } finally {
      // The place is handed over, not freed: a newcomer must not slip in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private wait(): Promise<void> {
    if (this.waiting.length >= this.mostWaiting) {
      throw new ApiError(503, 'BUSY', 'The server has too much of this to do right now. Try again soon.', {}, 5);
    }
    return new Promise((resolve) => void this.waiting.push(resolve));
  }
}
