import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/database/prisma.service.js';
import type { Restrictions } from '#libs/judging/restrictions.js';
import type { LanguageStatus } from '#libs/paiza/languages.js';

/** A worker that has not been seen for this long is gone. */
export const HEARTBEAT_FRESH_SECONDS = 15;

export interface LiveWorker {
  readonly languages: readonly LanguageStatus[];
  /** Its own A+B got AC within the last minute, or waits behind others while all slots are at work. */
  readonly selfRunFresh: boolean;
  readonly restrictions: Restrictions | null;
}

@Injectable()
export class LanguagesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** By the database's clock, which is the one the workers write by. */
  liveWorkers(): Promise<LiveWorker[]> {
    return this.prisma.client.$queryRaw<LiveWorker[]>`
      SELECT languages, restrictions,
             coalesce("selfRunAt" > now() - interval '1 minute'
                      OR ("selfRunAt" IS NOT NULL AND "selfRunMessage" IS NULL
                          AND "busyAt" > now() - make_interval(secs => ${HEARTBEAT_FRESH_SECONDS}::float8)),
                      false) AS "selfRunFresh"
      FROM "WorkerHeartbeat"
      WHERE "lastSeenAt" > now() - make_interval(secs => ${HEARTBEAT_FRESH_SECONDS}::float8)`;
  }
}
