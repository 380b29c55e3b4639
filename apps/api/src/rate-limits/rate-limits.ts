import { Injectable } from '@nestjs/common';
import type { RateLimit } from '#libs/config/config.js';
import type { Prisma } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import { ApiError } from '../common/errors.js';

type Sql = Pick<Prisma.TransactionClient, '$queryRaw' | '$executeRaw'>;

/**
 * Token buckets in one row each (GCRA): `fullAt` is when the bucket is full again. A token costs 60 s / perMinute, and
 * `fullAt` may lie at most `burst` tokens ahead. One upsert by the database's clock, so any number of apis agree.
 */
@Injectable()
export class RateLimits {
  constructor(private readonly prisma: PrismaService) {}

  /** Takes a token or throws 429 with Retry-After. Within a transaction, a rollback gives the token back. */
  async take(key: string, limit: RateLimit, what: string, sql: Sql = this.prisma.client): Promise<void> {
    const { tokenMs, depthMs } = bucketOf(limit);
    const taken = await sql.$executeRaw`
      INSERT INTO "RateLimit" AS bucket (key, "fullAt")
      VALUES (${key}, clock_timestamp() + ${tokenMs}::float8 * interval '1 millisecond')
      ON CONFLICT (key) DO UPDATE
      SET "fullAt" = greatest(bucket."fullAt", clock_timestamp()) + ${tokenMs}::float8 * interval '1 millisecond'
      WHERE greatest(bucket."fullAt", clock_timestamp()) + ${tokenMs}::float8 * interval '1 millisecond'
            <= clock_timestamp() + ${depthMs}::float8 * interval '1 millisecond'`;
    if (taken === 0) throw rateLimited(what, await this.waitMs(key, limit, sql));
  }

  /** Throws 429 when no token is left; takes none. */
  async check(key: string, limit: RateLimit, what: string): Promise<void> {
    const waitMs = await this.waitMs(key, limit, this.prisma.client);
    if (waitMs > 0) throw rateLimited(what, waitMs);
  }

  /** Drops buckets that are full: they say nothing. */
  async prune(): Promise<void> {
    await this.prisma.client.$executeRaw`DELETE FROM "RateLimit" WHERE "fullAt" < clock_timestamp()`;
  }

  /** How long until a token is there; 0 or less when one is. */
  private async waitMs(key: string, limit: RateLimit, sql: Sql): Promise<number> {
    const { tokenMs, depthMs } = bucketOf(limit);
    const [row] = await sql.$queryRaw<{ aheadMs: number }[]>`
      SELECT (extract(epoch FROM "fullAt" - clock_timestamp()) * 1000)::float8 AS "aheadMs"
      FROM "RateLimit" WHERE key = ${key}`;
    return Math.max(0, row?.aheadMs ?? 0) + tokenMs - depthMs;
  }
}

const bucketOf = ({ burst, perMinute }: RateLimit) => {
  const tokenMs = 60_000 / perMinute;
  return { tokenMs, depthMs: tokenMs * burst };
};

function rateLimited(what: string, waitMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new ApiError(429, 'RATE_LIMITED', `Too many ${what}. Wait ${seconds} s and try again.`, {}, seconds);
}
