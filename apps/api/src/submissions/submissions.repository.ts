import { Injectable } from '@nestjs/common';
import { Prisma } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import { PRIORITY } from '#libs/queue/judge.queue.js';
import type { Viewer } from '../auth/viewer.js';
import { problemNotFound, submissionNotFound } from '../common/errors.js';
import { usernameKey } from '../common/names.js';
import type { SubmissionsQuery } from './submissions.dto.js';

/** Many may hand in at the same second; each waits its turn for a connection. */
const WAIT_MS = 20_000;

const whole = {
  user: { select: { username: true, displayName: true } },
  problem: { include: { editors: true }, omit: { statement: true } },
  // The effective one, and the newest of the others.
  judgements: { orderBy: [{ effective: 'desc' }, { id: 'desc' }], take: 2 },
} satisfies Prisma.SubmissionInclude;

export type WholeSubmission = Prisma.SubmissionGetPayload<{ include: typeof whole }>;
export type WholeJudgement = WholeSubmission['judgements'][number];
export type WholeRun = Prisma.RunGetPayload<{ include: { testCase: { select: { sample: true } } } }>;

export interface NewSubmission {
  readonly userId: bigint;
  readonly problemId: bigint;
  readonly language: string;
  readonly source: Buffer;
  readonly idempotencyKey: string | null;
}

export interface QueuedJudgement {
  readonly id: bigint;
  readonly attempt: number;
}

/** A row of the list, as the statement below returns it. */
export interface ListedSubmission {
  readonly id: bigint;
  readonly username: string;
  readonly displayName: string;
  readonly slug: string;
  readonly title: string;
  readonly language: string;
  readonly createdAt: Date;
  readonly state: 'queued' | 'judging' | 'done';
  readonly verdict: WholeJudgement['verdict'];
  readonly cpuTimeUs: number | null;
  readonly memoryPeakBytes: bigint | null;
}

@Injectable()
export class SubmissionsRepository {
  constructor(private readonly prisma: PrismaService) {}

  find(id: bigint): Promise<WholeSubmission | null> {
    return this.prisma.client.submission.findUnique({ where: { id }, include: whole });
  }

  byKey(userId: bigint, idempotencyKey: string) {
    return this.prisma.client.submission.findUnique({ where: { userId_idempotencyKey: { userId, idempotencyKey } } });
  }

  runs(judgementId: bigint): Promise<WholeRun[]> {
    return this.prisma.client.run.findMany({
      where: { judgementId },
      orderBy: { ordinal: 'asc' },
      include: { testCase: { select: { sample: true } } },
    });
  }

  /** Null when the idempotency key exists: two with one key meet at its index, and the second waits for the first. */
  create(
    row: NewSubmission,
    takeToken: (tx: Prisma.TransactionClient) => Promise<void>,
  ): Promise<{ id: bigint; judgement: QueuedJudgement } | null> {
    return this.prisma.client.$transaction(
      async (tx) => {
        const [submission] = await tx.submission.createManyAndReturn({
          data: [{ ...row, source: new Uint8Array(row.source) }],
          skipDuplicates: true,
          select: { id: true },
        });
        if (submission === undefined) return null;
        await takeToken(tx);
        const revisionId = await currentRevision(tx, row.problemId);
        const judgement = await tx.judgement.create({
          data: { submissionId: submission.id, revisionId, priority: PRIORITY.submission },
          select: { id: true, attempt: true },
        });
        return { id: submission.id, judgement };
      },
      { maxWait: WAIT_MS, timeout: WAIT_MS },
    );
  }

  rejudge(submissionId: bigint, problemId: bigint, requestedById: bigint): Promise<QueuedJudgement> {
    return this.prisma.client.$transaction(async (tx) => {
      const revisionId = await currentRevision(tx, problemId);
      const judgement = await tx.judgement.create({
        data: { submissionId, revisionId, cause: 'rejudged', requestedById, priority: PRIORITY.rejudge },
        select: { id: true, attempt: true },
      });
      const details = { judgement: String(judgement.id), revision: String(revisionId) };
      await tx.auditEvent.create({
        data: { actorId: requestedById, action: 'submission.rejudge', subject: `submission ${submissionId}`, details },
      });
      return judgement;
    });
  }

  /** Null while there is no such judgement. */
  async newestJudgement(submissionId: bigint): Promise<bigint> {
    const { _max } = await this.prisma.client.judgement.aggregate({ where: { submissionId }, _max: { id: true } });
    if (_max.id === null) throw submissionNotFound();
    return _max.id;
  }

  async isDone(judgementId: bigint): Promise<boolean> {
    const where = { id: judgementId };
    const { state } = await this.prisma.client.judgement.findUniqueOrThrow({ where, select: { state: true } });
    return state === 'done';
  }

  /** Newest first; one more than asked for tells whether there is a next page. */
  list(viewer: Viewer | null, query: SubmissionsQuery, limit: number): Promise<ListedSubmission[]> {
    return this.prisma.client.$queryRaw<ListedSubmission[]>(SubmissionsRepository.listQuery(viewer, query, limit));
  }

  /** Open to the test that looks at how it is carried out. */
  static listQuery(viewer: Viewer | null, query: SubmissionsQuery, limit: number): Prisma.Sql {
    const conditions = [...filters(query), visibleTo(viewer)];
    return Prisma.sql`
      SELECT s.id, u.username, u."displayName", p.slug, p.title, s.language, s."createdAt",
             j.state::text AS state, j.verdict::text AS verdict, j."cpuTimeUs", j."memoryPeakBytes"
      FROM "Submission" s
      JOIN "User" u ON u.id = s."userId"
      JOIN "Problem" p ON p.id = s."problemId"
      ${shownJudgements(query)}
      WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY s.id DESC
      LIMIT ${limit + 1}`;
  }
}

async function currentRevision(tx: Prisma.TransactionClient, problemId: bigint): Promise<bigint> {
  const problem = await tx.problem.findUnique({ where: { id: problemId }, select: { currentRevisionId: true } });
  if (!problem?.currentRevisionId) throw problemNotFound();
  return problem.currentRevisionId;
}

/** The effective one, before there is one the newest. Who asks for a verdict asks for effective ones: they have an index. */
function shownJudgements({ verdict }: SubmissionsQuery): Prisma.Sql {
  if (verdict !== undefined) {
    return Prisma.sql`
      JOIN "Judgement" j ON j."submissionId" = s.id AND j.effective AND j.verdict = ${verdict}::"Verdict"`;
  }
  return Prisma.sql`
      JOIN LATERAL (
        SELECT * FROM "Judgement" WHERE "submissionId" = s.id ORDER BY effective DESC, id DESC LIMIT 1
      ) j ON true`;
}

/** By ids, not by joins: only so does Postgres see that the indexes of submissions give the order as well. */
function filters(query: SubmissionsQuery): Prisma.Sql[] {
  const { user, problem, language, before } = query;
  return [
    ...(user === undefined
      ? []
      : [Prisma.sql`s."userId" = (SELECT id FROM "User" WHERE "usernameKey" = ${usernameKey(user)})`]),
    ...(problem === undefined
      ? []
      : [Prisma.sql`s."problemId" = (SELECT id FROM "Problem" WHERE slug = ${problem} AND "deletedAt" IS NULL)`]),
    ...(language === undefined ? [] : [Prisma.sql`s.language = ${language}`]),
    ...(before === undefined ? [] : [Prisma.sql`s.id < ${BigInt(before)}`]),
  ];
}

/** The same rule as isVisible and the author's own, in SQL. */
function visibleTo(viewer: Viewer | null): Prisma.Sql {
  const open = Prisma.sql`p.visibility = 'published' AND p."deletedAt" IS NULL`;
  if (viewer === null) return open;
  if (viewer.role === 'admin') return Prisma.sql`true`;
  return Prisma.sql`((${open}) OR s."userId" = ${viewer.id} OR p."ownerId" = ${viewer.id} OR EXISTS (
    SELECT FROM "ProblemEditor" e WHERE e."problemId" = p.id AND e."userId" = ${viewer.id}))`;
}
