import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { PrismaService } from '#libs/database/prisma.service.js';

export interface PendingRow {
  readonly id: bigint;
  readonly attempt: number;
  readonly priority: number;
}

/** Heartbeats older than this are of workers that are gone. */
const STALE_HEARTBEAT = '1 hour';

/** What waits to be judged according to the truth, whatever the queue holds. */
@Injectable()
export class PendingRepository {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Judgements that should be in the queue: queued, or judging with a lease that a claim may take over. */
  judgements(afterId: bigint, limit: number): Promise<PendingRow[]> {
    return this.prisma.client.$queryRaw<PendingRow[]>`
      SELECT id, attempt, priority FROM "Judgement"
      WHERE state <> 'done' AND id > ${afterId}
        AND (state = 'queued' OR "leaseExpiresAt" < now() - ${this.config.judgeLeaseMs} * interval '1 ms')
      ORDER BY id LIMIT ${limit}`;
  }

  /** The same of trials. */
  trials(limit: number): Promise<Omit<PendingRow, 'priority'>[]> {
    return this.prisma.client.$queryRaw<PendingRow[]>`
      SELECT id, attempt FROM "Trial"
      WHERE state <> 'done'
        AND (state = 'queued' OR "leaseExpiresAt" < now() - ${this.config.judgeLeaseMs} * interval '1 ms')
      ORDER BY id LIMIT ${limit}`;
  }

  async prune(): Promise<void> {
    await this.prisma.client.$executeRaw`DELETE FROM "Trial" WHERE "createdAt" < now() - interval '1 hour'`;
    await this.prisma.client
      .$executeRaw`DELETE FROM "WorkerHeartbeat" WHERE "lastSeenAt" < now() - ${STALE_HEARTBEAT}::interval`;
  }
}
