import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Sessions } from './auth/sessions.js';
import { RateLimits } from './rate-limits/rate-limits.js';
import { TrialsRepository } from './trials/trials.repository.js';

const EVERY_MS = 10 * 60_000;

/** Deletes what has ended. Any number of apis may do it at once. */
@Injectable()
export class Housekeeping implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(Housekeeping.name);
  private timer: NodeJS.Timeout;

  constructor(
    private readonly sessions: Sessions,
    private readonly rateLimits: RateLimits,
    private readonly trials: TrialsRepository,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    for (const part of [this.sessions, this.rateLimits, this.trials]) {
      try {
        await part.prune();
      } catch (error) {
        this.log.warn(`Some old rows were not deleted, the next time will: ${String(error)}`);
      }
    }
  }
}
