import type { RateLimit } from '#libs/config/config.js';

/** Addresses remembered at once; the oldest go first, which only gives them a full bucket again. */
const MAX_ADDRESSES = 10_000;
const MS_PER_MINUTE = 60_000;

/** Token buckets by address, in memory: guests of one runner. */
export class RateLimiter {
  /** When each bucket is full again. */
  private readonly fullAt = new Map<string, number>();

  constructor(private readonly limit: RateLimit) {}

  /** Takes a token: 0, or the seconds until there is one. */
  take(address: string, nowMs = Date.now()): number {
    const tokenMs = MS_PER_MINUTE / this.limit.perMinute;
    const fullAt = Math.max(this.fullAt.get(address) ?? 0, nowMs) + tokenMs;
    const waitMs = fullAt - nowMs - this.limit.burst * tokenMs;
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    this.fullAt.delete(address);
    this.fullAt.set(address, fullAt);
    for (const oldest of this.fullAt.keys()) {
      if (this.fullAt.size <= MAX_ADDRESSES) break;
      this.fullAt.delete(oldest);
    }
    return 0;
  }
}
