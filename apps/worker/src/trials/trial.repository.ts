import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { untilDatabaseAnswers } from '#libs/database/outage.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import type { TrialOutcome } from '#libs/judging/trial.js';

export interface ClaimedTrial {
  readonly token: string;
  readonly attempt: number;
  readonly language: string;
  readonly source: Uint8Array;
  readonly input: Uint8Array;
}

export interface FinishedTrial {
  readonly outcome: TrialOutcome;
  readonly buildOutput: Uint8Array;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Another worker runs it now, or it is over. */
export class TrialTaken extends Error {}

/** What the worker writes about trials, guarded by a lease like judgements. */
@Injectable()
export class TrialRepository {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Null when it is done, gone, or held by another. */
  claim(id: bigint, signal: AbortSignal): Promise<ClaimedTrial | null> {
    const token = randomUUID();
    return untilDatabaseAnswers(async () => {
      const [trial] = await this.prisma.client.$queryRaw<ClaimedTrial[]>`
        UPDATE "Trial" SET state = 'judging', attempt = attempt + 1, "leaseToken" = ${token}::uuid,
               "leaseExpiresAt" = now() + ${this.config.judgeLeaseMs} * interval '1 ms'
        WHERE id = ${id} AND (state = 'queued' OR "leaseToken" = ${token}::uuid
          OR (state = 'judging' AND "leaseExpiresAt" < now() - ${this.config.judgeLeaseMs} * interval '1 ms'))
        RETURNING "leaseToken"::text AS token, attempt, language, source, input`;
      return trial ?? null;
    }, signal);
  }

  /** Throws TrialTaken when another holds it now. */
  async renew(id: bigint, token: string): Promise<void> {
    const count = await this.prisma.client.$executeRaw`
      UPDATE "Trial" SET "leaseExpiresAt" = now() + ${this.config.judgeLeaseMs} * interval '1 ms'
      WHERE id = ${id} AND "leaseToken" = ${token}::uuid AND state = 'judging'`;
    if (count === 0) throw new TrialTaken(`Trial ${id} is held by another.`);
  }

  /** Writes nothing when another holds it now. */
  async finish(id: bigint, token: string, trial: FinishedTrial, signal: AbortSignal): Promise<void> {
    await untilDatabaseAnswers(
      () =>
        this.prisma.client.trial.updateMany({
          where: { id, leaseToken: token, state: 'judging' },
          data: {
            state: 'done',
            outcome: { ...trial.outcome },
            buildOutput: new Uint8Array(trial.buildOutput),
            stdout: new Uint8Array(trial.stdout),
            stderr: new Uint8Array(trial.stderr),
            leaseToken: null,
            leaseExpiresAt: null,
            finishedAt: new Date(),
          },
        }),
      signal,
    );
  }

  /** Gives it back to the queue; gives its new attempt, or null when another holds it now. */
  async release(id: bigint, token: string): Promise<number | null> {
    const [row] = await this.prisma.client.$queryRaw<{ attempt: number }[]>`
      UPDATE "Trial" SET state = 'queued', attempt = attempt + 1, "leaseToken" = NULL, "leaseExpiresAt" = NULL
      WHERE id = ${id} AND "leaseToken" = ${token}::uuid AND state = 'judging'
      RETURNING attempt`;
    return row?.attempt ?? null;
  }
}
