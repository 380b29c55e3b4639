import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/database/prisma.service.js';

export const PAGE_ROWS = 50;

export interface LeaderboardRow {
  readonly rank: number;
  readonly username: string;
  readonly displayName: string;
  readonly solved: number;
  readonly score: number;
  readonly submissions: number;
  readonly lastAcceptedAt: Date | null;
}

@Injectable()
export class LeaderboardRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Of a page beyond the last, no rows but the total. */
  async page(page: number): Promise<{ total: number; rows: LeaderboardRow[] }> {
    const found = await this.prisma.client.$queryRaw<({ total: number } & Partial<LeaderboardRow>)[]>`
      WITH sums AS (
        SELECT s."userId", u.username, u."displayName",
               count(*) FILTER (WHERE s.solved)::int AS solved,
               sum(s.score) AS score,
               sum(s.submissions)::int AS submissions,
               max(s."acceptedAt") AS "lastAcceptedAt"
        FROM "Standing" s
        JOIN "Problem" p ON p.id = s."problemId" AND p.visibility = 'published' AND p."deletedAt" IS NULL
        JOIN "User" u ON u.id = s."userId" AND u.role = 'student' AND u."disabledAt" IS NULL
        GROUP BY s."userId", u.username, u."displayName"
        HAVING sum(s.submissions) > 0
      ), ranked AS (
        SELECT *, rank() OVER (ORDER BY score DESC, solved DESC, "lastAcceptedAt" ASC NULLS LAST)::int AS rank FROM sums
      ), shown AS (
        SELECT * FROM ranked ORDER BY rank, username LIMIT ${PAGE_ROWS}::int OFFSET ${(page - 1) * PAGE_ROWS}::int
      )
      SELECT all_of.total, shown.rank, shown.username, shown."displayName", shown.solved, shown.score::float8 AS score,
             shown.submissions, shown."lastAcceptedAt"
      FROM (SELECT count(*)::int AS total FROM sums) all_of LEFT JOIN shown ON true
      ORDER BY shown.rank, shown.username`;
    const rows = found.filter((row): row is { total: number } & LeaderboardRow => typeof row.rank === 'number');
    return { total: found[0]?.total ?? 0, rows };
  }
}
