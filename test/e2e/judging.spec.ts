import type { Verdict } from '#libs/judging/verdict.js';
import { until } from '../support/child.js';
import { startSite, type TestSite, type TestUser } from '../support/site.js';
import { untilAllJudged } from '../support/submitting.js';

import.meta.jest.setTimeout(300_000);

const LIMITS = { timeLimitMs: 2000, memoryLimitBytes: 64 * 1024 * 1024 };
const PACE = { RATE_SUBMIT_BURST: '1000', RATE_SUBMIT_PER_MINUTE: '1000' };

let site: TestSite;
beforeAll(async () => {
  site = await startSite({ env: PACE });
});
afterAll(() => site.stop());

async function publish(slug: string, answer: string, settings: object = {}): Promise<void> {
  const testCases = [{ input: '', answer, sample: true }];
  const { status, body } = await site.call('POST', '/api/problems', site.adminToken, {
    ...{ slug, title: slug, statement: 'Print it.', ...LIMITS, testCases, ...settings },
  });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
}

async function submit(token: string, problem: string, source: string): Promise<string> {
  const { status, body } = await site.call('POST', '/api/submissions', token, { problem, language: 'bash', source });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.id as string;
}

async function verdictOf(id: string): Promise<Verdict> {
  return until('the verdict', 60_000, async () => {
    const { body } = await site.call('GET', `/api/submissions/${id}`, site.adminToken);
    return body.state === 'done' && (body.verdict as Verdict);
  });
}

describe('Bytes are compared as bytes: with the answer C3 A9', () => {
  beforeAll(() => publish('e-acute', '\u00e9'));

  it.each([
    ['C3 A9', String.raw`printf '\xc3\xa9'`, 'AC'],
    ['FF', String.raw`printf '\xff'`, 'WA'],
    ['a literal EF BF BD', String.raw`printf '\xef\xbf\xbd'`, 'WA'],
  ])('an output of %s is judged rightly', async (_bytes, source, expected) => {
    expect(await verdictOf(await submit(site.adminToken, 'e-acute', source))).toBe(expected);
  });
});

describe('An output that is compared in a thread of its own', () => {
  const MILLION = 1_000_000;
  beforeAll(() =>
    publish('long', 'yes\n'.repeat(MILLION), { checker: 'kattis', checkerOptions: { caseSensitive: true } }),
  );

  it.each([
    ['that is right', `yes yes | head -n ${MILLION}; echo`, 'AC', null],
    [
      'that differs at its end',
      `yes yes | head -n ${MILLION - 1}; echo Yes`,
      'WA',
      `Token ${MILLION}: expected "yes", found "Yes".`,
    ],
  ])('%s is judged rightly', async (_what, source, expected, message) => {
    const id = await submit(site.adminToken, 'long', source);
    expect(await verdictOf(id)).toBe(expected);
    const { body } = await site.call('GET', `/api/submissions/${id}`, site.adminToken);
    expect(body.runs[0].message).toBe(message);
  });
});

describe('An answer that its checker cannot compare with', () => {
  it('is a judge error with the reason for the staff, whatever the program prints', async () => {
    await publish('maybe', 'maybe', { checker: 'yesno' });
    const id = await submit(site.adminToken, 'maybe', 'echo yes');
    expect(await verdictOf(id)).toBe('JE');
    const { body } = await site.call('GET', `/api/submissions/${id}`, site.adminToken);
    expect(body.faultReason).toContain('Token 1 of the answer is no YES or NO: "maybe".');
  });
});

describe('The leaderboard', () => {
  /** Chance with a seed: mulberry32. */
  const SEED = 20_261_124;
  let state = SEED;
  const chance = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };

  /** Ranks from nothing but the effective judgements. */
  async function fromNothing(students: readonly TestUser[]) {
    const rows = await site.prisma.judgement.findMany({ where: { effective: true }, include: { submission: true } });
    const sums = students.map(({ id, username }) => {
      const own = rows.filter((row) => row.submission.userId === id && row.verdict !== 'JE');
      const problems = [...new Set(own.map((row) => row.submission.problemId))].map((problem) => {
        const tried = own.filter((row) => row.submission.problemId === problem);
        const accepted = tried.filter((row) => row.verdict === 'AC').map((row) => row.submission.createdAt.getTime());
        return { score: Math.max(...tried.map((row) => Number(row.score))), first: Math.min(...accepted) };
      });
      const solved = problems.filter(({ first }) => Number.isFinite(first));
      const last = Math.max(...solved.map(({ first }) => first));
      const score = problems.reduce((sum, problem) => sum + problem.score, 0);
      return {
        username,
        score,
        solved: solved.length,
        submissions: own.length,
        last: solved.length > 0 ? last : Infinity,
      };
    });
    const ahead = (a: (typeof sums)[number], b: (typeof sums)[number]) =>
      b.score - a.score || b.solved - a.solved || (a.last === b.last ? 0 : a.last - b.last);
    return sums
      .map((one) => ({
        rank: 1 + sums.filter((other) => ahead(other, one) < 0).length,
        username: one.username,
        score: one.score,
        solved: one.solved,
        submissions: one.submissions,
        lastAcceptedAt: Number.isFinite(one.last) ? new Date(one.last).toISOString() : null,
      }))
      .toSorted((a, b) => a.rank - b.rank || (a.username < b.username ? -1 : 1));
  }

  async function shown() {
    const { body } = await site.call('GET', '/api/leaderboard', null);
    type Row = { user: { username: string } } & Record<string, unknown>;
    return (body.rows as Row[]).map(({ rank, user, score, solved, submissions, lastAcceptedAt }) => ({
      ...{ rank, username: user.username, score, solved, submissions, lastAcceptedAt },
    }));
  }

  it('equals one computed from nothing after 50 accepted at once and random rejudges that take some away', async () => {
    await publish('moving', 'first');
    const students: TestUser[] = [];
    while (students.length < 10) students.push(await site.createUser('student'));
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, at) => submit(students[at % 10]?.token ?? '', 'moving', `echo first # ${at}`)),
    );
    await untilAllJudged(site, 120_000);
    const all = await shown();
    expect(all.map(({ score, solved, submissions }) => [score, solved, submissions])).toEqual(
      students.map(() => [100, 1, 5]),
    );
    expect(all).toEqual(await fromNothing(students));

    const changed = { testCases: [{ input: '', answer: 'second', sample: true }] };
    const put = await site.call('PUT', '/api/problems/moving', site.adminToken, changed);
    expect(put.status).toBe(200);
    const rejudged = ids.filter(() => chance(3) > 0);
    // Some twice at once: the newer judgement counts, whichever ends first.
    const twice = rejudged.filter(() => chance(4) === 0);
    const answers = await Promise.all(
      [...rejudged, ...twice].map((id) => site.call('POST', `/api/submissions/${id}/rejudge`, site.adminToken)),
    );
    expect(answers.every(({ status }) => status < 300)).toBe(true);
    await untilAllJudged(site, 120_000);

    const lost = await site.prisma.judgement.count({ where: { effective: true, verdict: 'WA', cause: 'rejudged' } });
    expect({ seed: SEED, lost }).toEqual({ seed: SEED, lost: rejudged.length });
    expect({ seed: SEED, board: await shown() }).toEqual({ seed: SEED, board: await fromNothing(students) });
  });
});
