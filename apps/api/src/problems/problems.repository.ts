import { Injectable } from '@nestjs/common';
import type { ProblemNeeds } from '#libs/judging/restrictions.js';
import { Prisma } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import type { Viewer } from '../auth/viewer.js';
import { usernameKey } from '../common/names.js';
import { type RevisionChange, Revisions } from './revisions.js';

/** Large test data takes its time; beyond this something hangs. */
const WRITE_DEADLINE_MS = 10 * 60_000;
const PAGE_ROWS = 50;

const person = { select: { id: true, username: true, displayName: true } } as const;
const whole = {
  owner: person,
  editors: { include: { user: person }, orderBy: { userId: 'asc' } },
  currentRevision: true,
} satisfies Prisma.ProblemInclude;

export type WholeProblem = Prisma.ProblemGetPayload<{ include: typeof whole }>;
export type ProblemFields = Partial<
  Pick<Prisma.ProblemUncheckedCreateInput, 'title' | 'statement' | 'visibility'> & { tags: string[] }
>;

@Injectable()
export class ProblemsRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly revisions: Revisions,
  ) {}

  /** Null when absent or deleted; drafts too, the service decides who sees them. */
  find(slug: string): Promise<WholeProblem | null> {
    return this.prisma.client.problem.findFirst({ where: { slug, deletedAt: null }, include: whole });
  }

  /** What handing in needs to know, in two statements. Null when absent or deleted. */
  findStaffing(slug: string) {
    const select = {
      id: true,
      ownerId: true,
      visibility: true,
      deletedAt: true,
      editors: { select: { userId: true } },
    };
    return this.prisma.client.problem.findFirst({ where: { slug, deletedAt: null }, select });
  }

  /** What the current revision asks of the server that runs programs. Null without one. */
  async needs(id: bigint): Promise<ProblemNeeds | null> {
    const [needs] = await this.prisma.client.$queryRaw<ProblemNeeds[]>`
      SELECT revision."timeLimitMs", revision."memoryLimitBytes"::float8 AS "memoryLimitBytes",
             coalesce(max(input."sizeBytes"), 0)::float8 AS "longestInputBytes",
             coalesce(max(answer."sizeBytes"), 0)::float8 AS "longestAnswerBytes",
             bool_and(coalesce(input."isText", true) AND coalesce(answer."isText", true)) AS "allText"
      FROM "Problem" problem
      JOIN "ProblemRevision" revision ON revision.id = problem."currentRevisionId"
      LEFT JOIN "TestCase" testcase ON testcase."revisionId" = revision.id
      LEFT JOIN "Blob" input ON input.digest = testcase."inputDigest"
      LEFT JOIN "Blob" answer ON answer.digest = testcase."answerDigest"
      WHERE problem.id = ${id}
      GROUP BY revision.id`;
    return needs ?? null;
  }

  async page(viewer: Viewer | null, filter: { query?: string; tag?: string }, page: number) {
    const where: Prisma.ProblemWhereInput = {
      deletedAt: null,
      currentRevisionId: { not: null },
      AND: [visibleTo(viewer), matching(filter.query)],
      ...(filter.tag === undefined ? {} : { tags: { has: filter.tag } }),
    };
    const [total, rows] = await Promise.all([
      this.prisma.client.problem.count({ where }),
      this.prisma.client.problem.findMany({
        where,
        orderBy: { id: 'asc' },
        skip: (page - 1) * PAGE_ROWS,
        take: PAGE_ROWS,
        omit: { statement: true },
        include: { currentRevision: true, standings: { where: { userId: viewer?.id ?? 0n, solved: true } } },
      }),
    ]);
    return { rows, total, pages: Math.max(1, Math.ceil(total / PAGE_ROWS)) };
  }

  async isSolved(problemId: bigint, userId: bigint): Promise<boolean> {
    const where = { userId_problemId: { userId, problemId } };
    return (await this.prisma.client.standing.findUnique({ where }))?.solved ?? false;
  }

  /** Throws a unique violation when the slug is taken. */
  async create(ownerId: bigint, slug: string, fields: ProblemFields, change: RevisionChange): Promise<void> {
    await this.write(async (tx) => {
      const row = { title: slug, statement: '', tags: [], ...fields, slug, ownerId };
      const { id } = await tx.problem.create({ data: row });
      const currentRevisionId = await this.revisions.save(tx, id, null, ownerId, change);
      await tx.problem.update({ where: { id }, data: { currentRevisionId } });
    });
  }

  /** False when the problem was deleted meanwhile. Editors: ids of users, absent for no change. */
  update(id: bigint, actorId: bigint, fields: ProblemFields, change: RevisionChange, editors?: readonly bigint[]) {
    return this.write(async (tx) => {
      const [locked] = await tx.$queryRaw<{ currentRevisionId: bigint | null }[]>`
        SELECT "currentRevisionId" FROM "Problem" WHERE id = ${id} AND "deletedAt" IS NULL FOR UPDATE`;
      if (locked === undefined) return false;
      const currentRevisionId = await this.revisions.save(tx, id, locked.currentRevisionId, actorId, change);
      await tx.problem.update({ where: { id }, data: { ...fields, currentRevisionId } });
      if (editors !== undefined) await replaceEditors(tx, id, editors);
      return true;
    });
  }

  setEditors(id: bigint, editors: readonly bigint[]): Promise<void> {
    return this.write((tx) => replaceEditors(tx, id, editors));
  }

  usersByName(usernames: readonly string[]) {
    const keys = usernames.map(usernameKey);
    return this.prisma.client.user.findMany({ where: { usernameKey: { in: keys } } });
  }

  async remove(id: bigint, actorId: bigint, slug: string): Promise<void> {
    await this.write(async (tx) => {
      const { count } = await tx.problem.updateMany({
        where: { id, deletedAt: null },
        data: { deletedAt: new Date() },
      });
      if (count === 0) return;
      const subject = `problem ${slug}`;
      await tx.auditEvent.create({ data: { actorId, action: 'problem.delete', subject, details: { id: String(id) } } });
    });
  }

  testCases(revisionId: bigint, where: Prisma.TestCaseWhereInput = {}) {
    return this.prisma.client.testCase.findMany({
      where: { ...where, revisionId },
      orderBy: { ordinal: 'asc' },
      include: { input: true, answer: true },
    });
  }

  /** The first bytes of a blob, at most one chunk. */
  async head(digest: string, mostBytes: number): Promise<Buffer> {
    const chunk = await this.prisma.client.blobChunk.findUnique({ where: { digest_ordinal: { digest, ordinal: 0 } } });
    return Buffer.from(chunk?.content ?? []).subarray(0, mostBytes);
  }

  private write<T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.prisma.client.$transaction(work, { maxWait: 10_000, timeout: WRITE_DEADLINE_MS });
  }
}

function visibleTo(viewer: Viewer | null): Prisma.ProblemWhereInput {
  if (viewer === null) return { visibility: 'published' };
  if (viewer.role === 'admin') return {};
  return {
    OR: [{ visibility: 'published' }, { ownerId: viewer.id }, { editors: { some: { userId: viewer.id } } }],
  };
}

function matching(query: string | undefined): Prisma.ProblemWhereInput {
  if (query === undefined || query === '') return {};
  // Prisma leaves LIKE's own characters in: `_` would match everything.
  const contains = query.replace(/[\\%_]/g, '\\$&');
  return {
    OR: [{ title: { contains, mode: 'insensitive' } }, { slug: { contains, mode: 'insensitive' } }],
  };
}

async function replaceEditors(tx: Prisma.TransactionClient, problemId: bigint, editors: readonly bigint[]) {
  await tx.problemEditor.deleteMany({ where: { problemId } });
  await tx.problemEditor.createMany({ data: editors.map((userId) => ({ problemId, userId })) });
}
