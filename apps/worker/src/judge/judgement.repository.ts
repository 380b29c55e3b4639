import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import type { Prisma } from '#libs/database/generated/client.js';
import { untilDatabaseAnswers } from '#libs/database/outage.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import type { CheckerOptions } from '#libs/judging/checkers/index.js';
import type { RunVerdict, Verdict } from '#libs/judging/verdict.js';
import { type Lease, LeaseLost } from './lease.js';
import { recomputeStanding } from './standing.js';

/** `lostHolders + faults` at which a judgement is given up as JE. */
export const MAX_TROUBLES = 5;

/** What must be known before a judgement is claimed. */
export interface Peek {
  readonly done: boolean;
  /** Holders lost so far, the one a claim would take over from included. */
  readonly lostHolders: number;
}

export interface ClaimedJudgement {
  readonly submissionId: bigint;
  readonly lostHolders: number;
  readonly faults: number;
  readonly faultReason: string | null;
  readonly language: string;
  readonly source: Uint8Array;
  readonly revision: {
    readonly timeLimitMs: number;
    readonly memoryLimitBytes: number;
    readonly outputLimitBytes: number;
    readonly checker: string;
    readonly checkerOptions: CheckerOptions;
  };
  /** In judging order. */
  readonly testCases: readonly TestCaseRow[];
  /** Stored by an earlier attempt with the same toolchain. */
  readonly runs: readonly StoredRun[];
}

export interface TestCaseRow {
  readonly id: bigint;
  readonly ordinal: number;
  readonly sample: boolean;
  readonly inputDigest: string;
  readonly answerDigest: string;
}

/** The figures of a run that count for its judgement. */
export interface StoredRun {
  readonly ordinal: number;
  readonly verdict: RunVerdict;
  readonly cpuTimeUs: number;
  readonly memoryPeakBytes: number;
}

export interface NewRun extends StoredRun {
  readonly testCaseId: bigint;
  readonly wallTimeUs: number;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly message: string | null;
  readonly stdout: Uint8Array | null;
  readonly stderr: Uint8Array | null;
}

/** How a judgement ends. */
export interface Conclusion {
  readonly verdict: Verdict;
  readonly score: number;
  readonly cpuTimeUs: number | null;
  readonly memoryPeakBytes: number | null;
  readonly compileOutput: Uint8Array | null;
  readonly approximate: boolean;
  readonly faultReason: string | null;
  /** Runs above this ordinal do not count and are removed. */
  readonly lastOrdinal: number;
}

/** A released judgement, to be queued again. */
export interface Released {
  readonly id: bigint;
  readonly attempt: number;
  readonly priority: number;
  readonly troubles: number;
}

/**
 * All that the worker writes about judgements. Every write is guarded by the lease token in the statement itself and is
 * harmless to repeat, so each waits through an outage of the database and repeats. Times are the database's.
 */
@Injectable()
export class JudgementRepository {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async peek(id: bigint): Promise<Peek | null> {
    const row = await this.prisma.client.judgement.findUnique({
      where: { id },
      select: { state: true, lostHolders: true },
    });
    return row && { done: row.state === 'done', lostHolders: row.lostHolders + (row.state === 'judging' ? 1 : 0) };
  }

  /**
   * Takes the judgement when it is queued, or when its lease expired at least one lease length ago: a holder that is only
   * late still renews. Null when it is not to be had. Runs of another toolchain are deleted in the same transaction.
   */
  claim(
    lease: Lease,
    holder: string,
    toolchainIdentity: string,
    signal: AbortSignal,
  ): Promise<ClaimedJudgement | null> {
    return this.whenUp(async () => {
      const claimed = await this.prisma.client.$transaction(async (tx) => {
        const before = await this.lockClaimable(tx, lease);
        if (before === null) return false;
        if (before.token !== lease.token) await this.takeOver(tx, lease, holder, toolchainIdentity, before.state);
        if (before.toolchainIdentity !== toolchainIdentity) {
          await tx.run.deleteMany({ where: { judgementId: lease.judgementId } });
        }
        return true;
      });
      return claimed ? this.load(lease) : null;
    }, signal);
  }

  /** A holder whose token still stands may renew late. Throws LeaseLost. */
  async renew(lease: Lease): Promise<void> {
    const count = await this.prisma.client.$executeRaw`
      UPDATE "Judgement" SET "leaseExpiresAt" = now() + ${this.config.judgeLeaseMs} * interval '1 ms'
      WHERE id = ${lease.judgementId} AND "leaseToken" = ${lease.token}::uuid AND state = 'judging'`;
    if (count === 0) throw new LeaseLost(lease.judgementId);
  }

  /** One statement for many runs: it locks the judgement, checks the lease, and writes. Throws LeaseLost. */
  async saveRuns(lease: Lease, runs: readonly NewRun[], signal: AbortSignal): Promise<void> {
    const rows = JSON.stringify(runs.map(jsonRow));
    const count = await this.whenUp(
      () => this.prisma.client.$executeRaw`
        WITH held AS (
          SELECT id FROM "Judgement"
          WHERE id = ${lease.judgementId} AND "leaseToken" = ${lease.token}::uuid AND state = 'judging'
          FOR NO KEY UPDATE
        )
        INSERT INTO "Run" ("judgementId", "testCaseId", ordinal, verdict, "cpuTimeUs", "wallTimeUs", "memoryPeakBytes",
                           "exitCode", signal, message, stdout, stderr)
        SELECT held.id, r."testCaseId", r.ordinal, r.verdict::"Verdict", r."cpuTimeUs", r."wallTimeUs", r."memoryPeakBytes",
               r."exitCode", r.signal, r.message, decode(r.stdout, 'base64'), decode(r.stderr, 'base64')
        FROM held, jsonb_to_recordset(${rows}::jsonb) AS r(
          "testCaseId" bigint, ordinal int, verdict text, "cpuTimeUs" int, "wallTimeUs" int, "memoryPeakBytes" bigint,
          "exitCode" int, signal int, message text, stdout text, stderr text)
        ON CONFLICT ("judgementId", "testCaseId") DO UPDATE SET
          verdict = excluded.verdict, "cpuTimeUs" = excluded."cpuTimeUs", "wallTimeUs" = excluded."wallTimeUs",
          "memoryPeakBytes" = excluded."memoryPeakBytes", "exitCode" = excluded."exitCode", signal = excluded.signal,
          message = excluded.message, stdout = excluded.stdout, stderr = excluded.stderr`,
      signal,
    );
    if (count === 0) throw new LeaseLost(lease.judgementId);
  }

  /** Gives the judgement back to the queue; `faultReason` counts a fault. Throws LeaseLost. */
  release(lease: Lease, faultReason: string | null, signal?: AbortSignal): Promise<Released> {
    return this.whenUp(async () => {
      const [row] = await this.prisma.client.$queryRaw<Released[]>`
        UPDATE "Judgement" SET state = 'queued', attempt = attempt + 1, "leaseToken" = NULL, "leaseHolder" = NULL,
               "leaseExpiresAt" = NULL, faults = faults + ${faultReason === null ? 0 : 1},
               "faultReason" = coalesce(${faultReason}, "faultReason")
        WHERE id = ${lease.judgementId} AND "leaseToken" = ${lease.token}::uuid AND state = 'judging'
        RETURNING id, attempt, priority, "lostHolders" + faults AS troubles`;
      if (!row) throw new LeaseLost(lease.judgementId);
      return row;
    }, signal);
  }

  /**
   * Ends the judgement, makes it the effective one unless a newer is, and recomputes the standing: one transaction that
   * locks the submission, then its user, always in this order. Throws LeaseLost.
   */
  async conclude(lease: Lease, submissionId: bigint, conclusion: Conclusion, signal: AbortSignal): Promise<void> {
    await this.whenUp(
      () =>
        this.prisma.client.$transaction(async (tx) => {
          const submission = await lockSubmission(tx, submissionId);
          await this.end(tx, lease, conclusion);
          await tx.run.deleteMany({
            where: { judgementId: lease.judgementId, ordinal: { gt: conclusion.lastOrdinal } },
          });
          const effective = await tx.judgement.findFirst({ where: { submissionId, effective: true } });
          if (effective !== null && effective.id > lease.judgementId) return;
          if (effective !== null)
            await tx.judgement.update({ where: { id: effective.id }, data: { effective: false } });
          await tx.judgement.update({ where: { id: lease.judgementId }, data: { effective: true } });
          await recomputeStanding(tx, submission.userId, submission.problemId);
        }),
      signal,
    );
  }

  private whenUp<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return untilDatabaseAnswers(work, signal);
  }

  private async lockClaimable(tx: Prisma.TransactionClient, lease: Lease) {
    const rows = await tx.$queryRaw<{ state: string; token: string | null; toolchainIdentity: string | null }[]>`
      SELECT state::text, "leaseToken"::text AS token, "toolchainIdentity" FROM "Judgement"
      WHERE id = ${lease.judgementId} AND (
        state = 'queued'
        OR (state = 'judging' AND "leaseExpiresAt" < now() - ${this.config.judgeLeaseMs} * interval '1 ms')
        -- Our own claim, whose answer was lost on the way.
        OR (state = 'judging' AND "leaseToken" = ${lease.token}::uuid))
      FOR NO KEY UPDATE`;
    return rows[0] ?? null;
  }

  private async takeOver(
    tx: Prisma.TransactionClient,
    lease: Lease,
    holder: string,
    toolchainIdentity: string,
    state: string,
  ): Promise<void> {
    await tx.$executeRaw`
      UPDATE "Judgement" SET state = 'judging', attempt = attempt + 1,
             "lostHolders" = "lostHolders" + ${state === 'judging' ? 1 : 0},
             "leaseToken" = ${lease.token}::uuid, "leaseHolder" = ${holder},
             "leaseExpiresAt" = now() + ${this.config.judgeLeaseMs} * interval '1 ms',
             "startedAt" = coalesce("startedAt", now()), "toolchainIdentity" = ${toolchainIdentity}
      WHERE id = ${lease.judgementId}`;
  }

  private async load(lease: Lease): Promise<ClaimedJudgement | null> {
    const row = await this.prisma.client.judgement.findUnique({
      where: { id: lease.judgementId, leaseToken: lease.token },
      include: {
        submission: { select: { language: true, source: true } },
        revision: { include: { testCases: { orderBy: { ordinal: 'asc' } } } },
        runs: { select: { ordinal: true, verdict: true, cpuTimeUs: true, memoryPeakBytes: true } },
      },
    });
    if (row === null) return null;
    const { revision, submission } = row;
    return {
      submissionId: row.submissionId,
      lostHolders: row.lostHolders,
      faults: row.faults,
      faultReason: row.faultReason,
      language: submission.language,
      source: submission.source,
      revision: {
        timeLimitMs: revision.timeLimitMs,
        memoryLimitBytes: Number(revision.memoryLimitBytes),
        outputLimitBytes: Number(revision.outputLimitBytes),
        checker: revision.checker,
        checkerOptions: revision.checkerOptions as CheckerOptions,
      },
      testCases: revision.testCases,
      runs: row.runs.map((run) => ({
        ...run,
        verdict: run.verdict as RunVerdict,
        memoryPeakBytes: Number(run.memoryPeakBytes),
      })),
    };
  }

  private async end(tx: Prisma.TransactionClient, lease: Lease, conclusion: Conclusion): Promise<void> {
    const { count } = await tx.judgement.updateMany({
      where: { id: lease.judgementId, leaseToken: lease.token, state: 'judging' },
      data: {
        state: 'done',
        verdict: conclusion.verdict,
        score: conclusion.score,
        cpuTimeUs: conclusion.cpuTimeUs,
        memoryPeakBytes: conclusion.memoryPeakBytes,
        compileOutput: conclusion.compileOutput && new Uint8Array(conclusion.compileOutput),
        approximate: conclusion.approximate,
        faultReason: conclusion.faultReason,
        leaseToken: null,
        leaseHolder: null,
        leaseExpiresAt: null,
        finishedAt: new Date(),
      },
    });
    if (count === 0) throw new LeaseLost(lease.judgementId);
  }
}

async function lockSubmission(
  tx: Prisma.TransactionClient,
  id: bigint,
): Promise<{ userId: bigint; problemId: bigint }> {
  const [submission] = await tx.$queryRaw<{ userId: bigint; problemId: bigint }[]>`
    SELECT "userId", "problemId" FROM "Submission" WHERE id = ${id} FOR NO KEY UPDATE`;
  if (!submission) throw new Error(`Submission ${id} is gone.`);
  await tx.$queryRaw`SELECT 1 FROM "User" WHERE id = ${submission.userId} FOR NO KEY UPDATE`;
  return submission;
}

const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64');

const jsonRow = (run: NewRun) => ({
  ...run,
  testCaseId: String(run.testCaseId),
  // Postgres' text holds no NUL.
  message: run.message?.replaceAll('\0', '\\0') ?? null,
  stdout: base64(run.stdout),
  stderr: base64(run.stderr),
});
