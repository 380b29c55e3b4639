import type { ExampleSubmission, ProblemPackage } from '#libs/problem-package/problem-package.js';
import type { Answer, TestSite } from './site.js';
import { until } from './child.js';
import { sumProgram, sumTestCases, type TestProgram } from './programs.js';

export interface Submitted {
  readonly id: string;
  readonly program: TestProgram;
}

/** Publishes a problem of sums. */
export async function createSumProblem(site: TestSite, slug: string): Promise<void> {
  const { status, body } = await site.call('POST', '/api/problems', site.adminToken, {
    slug,
    title: 'Sums',
    statement: 'Print the sum.',
    timeLimitMs: 2000,
    memoryLimitBytes: 128 * 1024 * 1024,
    testCases: sumTestCases,
  });
  if (status !== 201) throw new Error(`problem: ${status} ${JSON.stringify(body)}`);
}

/** Publishes a problem package as it is. */
export async function publishPackage(site: TestSite, problem: ProblemPackage): Promise<void> {
  const { slug, title, statement, timeLimitMs, memoryLimitBytes, checker, checkerOptions, tags } = problem;
  const testCases = problem.testCases.map(({ input, answer, sample }) => ({
    input: input.toString('utf8'),
    answer: answer.toString('utf8'),
    sample,
  }));
  const created = await site.call('POST', '/api/problems', site.adminToken, {
    ...{ slug, title, statement, timeLimitMs, memoryLimitBytes, checker, checkerOptions, tags, testCases },
  });
  if (created.status !== 201) throw new Error(`problem: ${created.status} ${JSON.stringify(created.body)}`);
}

/** Hands in one of its example programs. */
export const submitExample = (site: TestSite, slug: string, { language, source }: ExampleSubmission): Promise<Answer> =>
  site.call('POST', '/api/submissions', site.adminToken, { problem: slug, language, source: source.toString('utf8') });

export async function submit(site: TestSite, token: string, problem: string, program: TestProgram): Promise<Submitted> {
  const { status, body } = await site.call('POST', '/api/submissions', token, {
    problem,
    language: 'bash',
    source: program.source,
  });
  if (status !== 201) throw new Error(`submit: ${status} ${JSON.stringify(body)}`);
  return { id: body.id as string, program };
}

/** `count` programs of mixed verdicts by the admin, who is not limited. */
export const submitSums = (site: TestSite, problem: string, count: number): Promise<Submitted[]> =>
  Promise.all(
    Array.from({ length: count }, (_, at) => submit(site, site.adminToken, problem, sumProgram(at, problem))),
  );

/** Waits until a judgement has stored a run while it is still being judged. */
export async function untilCaughtInTheAct(site: TestSite): Promise<bigint> {
  return until('a judgement with a stored run and open ones', 60_000, async () => {
    const judgement = await site.prisma.judgement.findFirst({
      where: { state: 'judging', runs: { some: {} } },
      include: { runs: { select: { ordinal: true, verdict: true } }, revision: { include: { testCases: true } } },
    });
    if (judgement === null) return null;
    const { runs, revision } = judgement;
    const decided = runs.some(({ verdict }) => verdict !== 'AC') || runs.length === revision.testCases.length;
    return decided ? null : judgement.id;
  });
}

/** Waits until no judgement is pending. */
export async function untilAllJudged(site: TestSite, timeoutMs: number): Promise<void> {
  const logs = () => [site.worker, site.runner].map((child) => child.log).join('\n---\n');
  await until(
    'all judgements',
    timeoutMs,
    async () => (await site.prisma.judgement.count({ where: { state: { not: 'done' } } })) === 0,
    logs,
  );
}

/** Every submission has exactly one judgement, effective, with the right verdict and just the runs that count. */
export async function expectRightVerdicts(site: TestSite, submitted: readonly Submitted[]): Promise<void> {
  const rows = await site.prisma.submission.findMany({
    where: { id: { in: submitted.map((one) => BigInt(one.id)) } },
    include: { judgements: { include: { runs: { orderBy: { ordinal: 'asc' } } } } },
  });
  const judged = new Map(rows.map((row) => [String(row.id), row.judgements]));
  const seen = submitted.map(({ id }) => ({
    id,
    judgements: judged.get(id)?.map((one) => ({
      verdict: one.verdict,
      effective: one.effective,
      reason: one.faultReason,
      ordinals: one.runs.map((run) => run.ordinal),
    })),
  }));
  const wanted = submitted.map(({ id, program }) => ({
    id,
    judgements: [
      {
        verdict: program.expected,
        effective: true,
        reason: null,
        ordinals: Array.from({ length: program.runs }, (_, at) => at + 1),
      },
    ],
  }));
  expect(seen).toEqual(wanted);
}

/** No trouble was blamed on a judgement: outages and clean stops are nobody's fault. */
export async function expectNothingCounted(site: TestSite): Promise<void> {
  const counted = await site.prisma.judgement.findMany({
    where: { OR: [{ faults: { gt: 0 } }, { lostHolders: { gt: 0 } }] },
    select: { id: true, faults: true, lostHolders: true, faultReason: true },
  });
  expect(counted).toEqual([]);
}
