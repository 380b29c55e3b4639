import { Injectable } from '@nestjs/common';
import type { Prisma, Role } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import { hashToken, newToken } from '#libs/database/tokens.js';
import type { Viewer } from './viewer.js';

export const SESSION_IDLE_DAYS = 30;
const LONGEST_TOKEN = 200;

interface SessionRow {
  id: bigint;
  username: string;
  displayName: string;
  role: Role;
  sessionId: bigint;
  stale: boolean;
}

/** Who is signed in, by opaque tokens. All ages by the database's clock. */
@Injectable()
export class Sessions {
  constructor(private readonly prisma: PrismaService) {}

  /** Returns the token, which is never stored. */
  async open(tx: Prisma.TransactionClient, userId: bigint): Promise<string> {
    const token = newToken();
    await tx.session.create({ data: { userId, tokenHash: hashToken(token) } });
    return token;
  }

  /** Null when the token is unknown, has ended, or its user is disabled. */
  async find(token: string): Promise<Viewer | null> {
    if (token.length > LONGEST_TOKEN) return null;
    const [row] = await this.prisma.client.$queryRaw<SessionRow[]>`
      SELECT u.id, u.username, u."displayName", u.role::text AS role, s.id AS "sessionId",
             s."lastUsedAt" < now() - interval '1 hour' AS stale
      FROM "Session" s JOIN "User" u ON u.id = s."userId"
      WHERE s."tokenHash" = ${hashToken(token)} AND u."disabledAt" IS NULL
        AND s."lastUsedAt" > now() - make_interval(days => ${SESSION_IDLE_DAYS}::int)`;
    if (row === undefined) return null;
    const { stale, ...viewer } = row;
    // Once an hour is enough for 30 days, and spares a write per request.
    if (stale) await this.touch(viewer.sessionId);
    return viewer;
  }

  async end(sessionId: bigint): Promise<void> {
    await this.prisma.client.session.deleteMany({ where: { id: sessionId } });
  }

  async endAllOf(tx: Prisma.TransactionClient, userId: bigint): Promise<void> {
    await tx.session.deleteMany({ where: { userId } });
  }

  async prune(): Promise<void> {
    await this.prisma.client.$executeRaw`
      DELETE FROM "Session" WHERE "lastUsedAt" < now() - make_interval(days => ${SESSION_IDLE_DAYS}::int)`;
  }

  private async touch(sessionId: bigint): Promise<void> {
    await this.prisma.client.$executeRaw`UPDATE "Session" SET "lastUsedAt" = now() WHERE id = ${sessionId}`;
  }
}
