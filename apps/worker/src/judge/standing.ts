import type { Prisma } from '#libs/database/generated/client.js';

/**
 * Computes what a user has reached on a problem anew from the effective judgements; never incremented, so a rejudge that
 * takes an AC away is right at once. The caller has locked the user's row, so two computations never overlap.
 */
export async function recomputeStanding(
  tx: Prisma.TransactionClient,
  userId: bigint,
  problemId: bigint,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Standing" ("userId", "problemId", score, solved, submissions, "acceptedAt")
    SELECT ${userId}, ${problemId},
           coalesce(max(j.score), 0),
           coalesce(bool_or(j.verdict = 'AC'), false),
           count(*),
           min(s."createdAt") FILTER (WHERE j.verdict = 'AC')
    FROM "Submission" s JOIN "Judgement" j ON j."submissionId" = s.id AND j.effective
    WHERE s."userId" = ${userId} AND s."problemId" = ${problemId} AND j.verdict <> 'JE'
    ON CONFLICT ("userId", "problemId") DO UPDATE SET
      score = excluded.score, solved = excluded.solved, submissions = excluded.submissions,
      "acceptedAt" = excluded."acceptedAt"`;
}
