import { SubmissionsRepository } from '../../apps/api/src/submissions/submissions.repository.js';
import type { Verdict } from '#libs/judging/verdict.js';
import { type ApiUser, TestApi } from '../support/api.js';

const USERS = 100;
const SUBMISSIONS_EACH = 100;
const PAGE = 50;
/** A page, one row more to see whether there is another, and the rows beside: user, problem, judgement. */
const MOST_ROWS_READ = 20 * PAGE;

import.meta.jest.setTimeout(120_000);

/** What EXPLAIN tells of a step, as far as we look. */
interface PlanStep {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanStep[];
}

/** Rows that a step and those below it gave or threw away. */
function rowsTouched(step: PlanStep): number {
  const own = (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'];
  return own + (step.Plans ?? []).reduce((sum, below) => sum + rowsTouched(below), 0);
}

interface Filter {
  readonly verdict?: Verdict;
  readonly problem?: true;
  readonly user?: true;
  readonly language?: string;
}

describe('With many submissions, a page of the list reads few rows', () => {
  let api: TestApi;
  let author: ApiUser;
  let slug: string;
  let rare: bigint;

  beforeAll(async () => {
    api = await TestApi.start();
    author = await api.user('instructor');
    slug = await api.problem(author);
    rare = await api.submission(author, slug);
    const judgementId = await api.judge(rare);
    await api.prisma.judgement.update({ where: { id: judgementId }, data: { verdict: 'JE' } });
    await submitMany();
  });
  afterAll(() => api.stop());

  async function submitMany(): Promise<void> {
    const { currentRevisionId } = await api.prisma.problem.findFirstOrThrow({ where: { slug } });
    await api.prisma.$executeRaw`
      WITH users AS (
        INSERT INTO "User" (username, "usernameKey", "displayName", "passwordHash")
        SELECT name, name, name, 'none' FROM generate_series(1, ${USERS}::int) n, concat('many', n) name
        RETURNING id
      ), made AS (
        INSERT INTO "Submission" ("userId", "problemId", language, source)
        SELECT u.id, s."problemId", 'cpp', 'x' FROM generate_series(1, ${SUBMISSIONS_EACH}::int), users u, "Submission" s
        RETURNING id
      )
      INSERT INTO "Judgement" ("submissionId", "revisionId", priority, state, verdict, effective, "finishedAt")
      SELECT id, ${currentRevisionId}, 10, 'done', 'AC', true, now() FROM made`;
    await api.prisma.$executeRaw`ANALYZE`;
  }

  it.each<[string, Filter]>([
    ['of all', {}],
    ['of a rare verdict', { verdict: 'JE' }],
    ['of a verdict that there is not', { verdict: 'OLE' }],
    ['of a rare verdict on one problem', { verdict: 'JE', problem: true }],
    ['of somebody who handed in little', { user: true }],
    ['of a language that nobody used', { language: 'ruby' }],
  ])('%s', async (_what, filter) => {
    const query = {
      ...(filter.verdict === undefined ? {} : { verdict: filter.verdict }),
      ...(filter.language === undefined ? {} : { language: filter.language }),
      ...(filter.problem ? { problem: slug } : {}),
      ...(filter.user ? { user: author.username } : {}),
    };
    const [row] = await api.prisma.$queryRaw<{ 'QUERY PLAN': [{ Plan: PlanStep }] }[]>`
      EXPLAIN (ANALYZE, FORMAT JSON) ${SubmissionsRepository.listQuery(null, query, PAGE)}`;
    const plan = row?.['QUERY PLAN'][0].Plan;
    expect(plan && rowsTouched(plan)).toBeLessThan(MOST_ROWS_READ);
  });

  it('and finds the rare one', async () => {
    const { body } = await api.call('GET /api/submissions?verdict=JE');
    expect((body as { rows: { id: string }[] }).rows.map(({ id }) => id)).toEqual([String(rare)]);
  });
});
