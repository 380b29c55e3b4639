import { jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import type { Response } from 'supertest';
import { JUDGE_QUEUE, jobId, JudgeQueue } from '#libs/queue/judge.queue.js';
import { type ApiUser, marks, TestApi } from '../support/api.js';

/** The machine may be busy with other tests. */
const TIMEOUT_MS = 120_000;
jest.setTimeout(TIMEOUT_MS);

let api: TestApi;
let owner: ApiUser;
let slug: string;

beforeAll(async () => {
  api = await TestApi.start({ RATE_SUBMIT_BURST: '5', RATE_SUBMIT_PER_MINUTE: '60' });
  owner = await api.user('instructor');
  slug = await api.problem(owner);
});
afterAll(() => api.stop());
beforeEach(() => api.heartbeat());

const submit = (by: ApiUser, fields: object = {}, headers: Record<string, string> = {}) =>
  api.call('POST /api/submissions', {
    token: by.token,
    headers,
    body: { problem: slug, language: 'cpp', source: 'int main() {}', ...fields },
  });
const idOf = (answer: Response) => (answer.body as { id: string }).id;
const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status);

describe('Handing in', () => {
  it('answers at once, writes the bytes, and queues a judgement by the current revision', async () => {
    const student = await api.user();
    const answer = await submit(student, { source: 'é' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ problem: slug, language: 'cpp', state: 'queued', verdict: null, runs: [] });
    const row = await api.prisma.submission.findUniqueOrThrow({
      where: { id: BigInt(idOf(answer)) },
      include: { judgements: true, problem: true },
    });
    expect(Buffer.from(row.source)).toEqual(Buffer.from([0xc3, 0xa9]));
    const [judgement] = row.judgements;
    expect(judgement).toMatchObject({ state: 'queued', cause: 'submitted', priority: 10, attempt: 0 });
    expect(judgement?.revisionId).toBe(row.problem.currentRevisionId);
    const queue = api.app.get<Queue>(getQueueToken(JUDGE_QUEUE), { strict: false });
    const job = await queue.getJob(jobId('judge', judgement?.id ?? 0n, 0));
    expect(job).toMatchObject({ name: 'judge', data: { id: String(judgement?.id) }, priority: 10 });
  });

  describe('on a site whose server is restricted', () => {
    const restrict = (change: object) =>
      api.prisma.workerHeartbeat.updateMany({
        data: {
          restrictions: {
            textOnly: true,
            inputBytes: 1000,
            outputBytes: 1000,
            timeLimitMs: 1000,
            memoryLimitBytes: 64 * 1024 * 1024,
            ...change,
          },
        },
      });
    afterEach(() => api.prisma.workerHeartbeat.deleteMany());

    it('is refused for what the server cannot judge, with the reason, and nothing is written', async () => {
      const student = await api.user();
      const blurred = await api.problem(owner, { testCases: [{ input: '\u{FFFD}', answer: '' }] });
      for (const [change, why, problem] of [
        [{ inputBytes: 3 }, /an input of \d+ bytes/, slug],
        [{ outputBytes: 1 }, /an answer of \d+ bytes/, slug],
        [{ timeLimitMs: 999 }, /a time limit of 1000 ms/, slug],
        [{ memoryLimitBytes: 1024 }, /a memory limit/, slug],
        [{}, /not UTF-8 text/, blurred],
      ] as const) {
        await restrict(change);
        const answer = await submit(student, { problem });
        expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, 'PROBLEM_NEEDS_OWN_RUNNER']);
        expect((answer.body as { message: string }).message).toMatch(why);
      }
      expect(await api.prisma.submission.count({ where: { userId: student.id } })).toBe(0);
    });

    it('is taken for what it can judge', async () => {
      await restrict({});
      expect((await submit(await api.user())).status).toBe(201);
    });
  });

  it('stands when the queue is down: the sweeper adds it later', async () => {
    const queue = api.app.get(JudgeQueue, { strict: false });
    await api.prisma.$executeRawUnsafe('ALTER SCHEMA bullmq RENAME TO bullmq_away');
    try {
      const answer = await submit(await api.user());
      expect(answer.status).toBe(201);
      expect(await api.prisma.judgement.count({ where: { submissionId: BigInt(idOf(answer)), state: 'queued' } })).toBe(
        1,
      );
    } finally {
      await api.prisma.$executeRawUnsafe('ALTER SCHEMA bullmq_away RENAME TO bullmq');
    }
    await queue.ping();
  });

  it('is refused when the last worker fell silent', async () => {
    await api.heartbeat(16);
    const answer = await submit(await api.user());
    expect([answer.status, (answer.body as { state: string }).state]).toEqual([409, 'missing']);
  });
});

describe('An Idempotency-Key', () => {
  const key = { 'idempotency-key': 'attempt-1' };

  it('makes a retried request the same submission', async () => {
    const student = await api.user();
    const [first, second] = [await submit(student, {}, key), await submit(student, {}, key)];
    expect(statuses([first, second])).toEqual([201, 201]);
    expect(idOf(second)).toBe(idOf(first));
  });

  it('makes one submission and takes one token when the same request comes many times at once', async () => {
    const student = await api.user();
    const answers = await Promise.all(Array.from({ length: 12 }, () => submit(student, {}, key)));
    expect(statuses(answers)).toEqual(Array(12).fill(201));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(await api.prisma.submission.count({ where: { userId: student.id } })).toBe(1);
    expect(await api.prisma.judgement.count({ where: { submission: { userId: student.id } } })).toBe(1);
    expect((await submit(student)).status).toBe(201);
  });

  it('is refused with another body', async () => {
    const student = await api.user();
    await submit(student, {}, key);
    for (const other of [{ source: 'int main() { }' }, { language: 'python3' }]) {
      const answer = await submit(student, other, key);
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    }
  });

  it('is each user’s own', async () => {
    const [one, two] = [await api.user(), await api.user()];
    expect(idOf(await submit(one, {}, key))).not.toBe(idOf(await submit(two, {}, key)));
  });

  it('still names its submission when the language has gone since', async () => {
    const student = await api.user();
    const first = await submit(student, {}, key);
    await api.heartbeat(60);
    expect(idOf(await submit(student, {}, key))).toBe(idOf(first));
  });
});

describe('The limit of submissions', () => {
  it('lets a burst through, then answers 429 with Retry-After, and lets on after that time', async () => {
    const student = await api.user();
    const answers: Response[] = [];
    for (let at = 0; at < 6; at++) answers.push(await submit(student));
    // A busy machine may take a second for the burst, in which one more token comes.
    while (answers.at(-1)?.status === 201 && answers.length < 30) answers.push(await submit(student));
    const last = answers.at(-1) as Response;
    expect([last.status, (last.body as { code: string }).code]).toEqual([429, 'RATE_LIMITED']);
    expect(last.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(answers.slice(0, 5).every(({ status }) => status === 201)).toBe(true);
    await sleep(Number(last.headers['retry-after']) * 1000);
    expect((await submit(student)).status).toBe(201);
  });

  it('holds when all come at once', async () => {
    const student = await api.user();
    const startedAt = Date.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(student)));
    const accepted = answers.filter(({ status }) => status === 201).length;
    expect(accepted).toBeGreaterThanOrEqual(5);
    expect(accepted).toBeLessThanOrEqual(6 + Math.floor((Date.now() - startedAt) / 1000));
  });

  it('does not count what was refused', async () => {
    const student = await api.user();
    for (let at = 0; at < 8; at++) expect((await submit(student, { language: 'klingon' })).status).toBe(400);
    expect((await submit(student)).status).toBe(201);
  });

  it('is not for the staff of the problem and admins', async () => {
    for (const staff of [owner, await api.user('admin')]) {
      for (let at = 0; at < 8; at++) expect((await submit(staff)).status).toBe(201);
    }
  });

  it('is per user: 400 behind one address each submit within 10 s, and nobody is refused', async () => {
    const students: ApiUser[] = [];
    // One after another: making them is not what is tested, and the pool gives up on a connection after 10 s.
    while (students.length < 400) students.push(await api.user());
    await api.heartbeat();
    const beating = setInterval(() => void api.heartbeat(), 3000);
    const arriving = students.map(async (student, at) => {
      await sleep(at * 20);
      return submit(student);
    });
    const answers = await Promise.all(arriving);
    clearInterval(beating);
    expect([...new Set(statuses(answers))]).toEqual([201]);
    expect(await api.prisma.submission.count({ where: { userId: { in: students.map(({ id }) => id) } } })).toBe(400);
  });
});

describe('A judged submission', () => {
  it('shows verdict, time rounded up and memory, and each run', async () => {
    const author = await api.user();
    const id = await api.submission(author, slug);
    await api.judge(id);
    const { body } = await api.call(`GET /api/submissions/${id}`, { token: author.token });
    expect(body).toMatchObject({
      id: String(id),
      state: 'done',
      verdict: 'WA',
      score: 0,
      timeMs: 2,
      memoryBytes: 4096,
      compileOutput: marks.compileOutput,
      runs: [
        { ordinal: 1, sample: true, verdict: 'AC', timeMs: 2, memoryBytes: 4096, message: marks.sampleMessage },
        { ordinal: 2, sample: false, verdict: 'WA', timeMs: 2, memoryBytes: 4096, message: null, stderr: null },
      ],
    });
  });

  it('keeps showing its effective judgement while it is judged again, by the revision of now', async () => {
    const author = await api.user();
    const id = await api.submission(author, slug);
    await api.judge(id);
    const body = { testCases: [{ input: '1 2', answer: `${id}` }] };
    await api.call(`PUT /api/problems/${slug}`, { token: owner.token, body });
    const answer = await api.call(`POST /api/submissions/${id}/rejudge`, { token: owner.token });
    expect(answer.body).toMatchObject({ state: 'done', verdict: 'WA', rejudging: true });
    const [old, fresh] = await api.prisma.judgement.findMany({ where: { submissionId: id }, orderBy: { id: 'asc' } });
    expect(fresh).toMatchObject({ cause: 'rejudged', requestedById: owner.id, priority: 100, state: 'queued' });
    expect(fresh?.revisionId).not.toBe(old?.revisionId);
    const events = await api.prisma.auditEvent.findMany({ where: { subject: `submission ${id}` } });
    expect(events).toMatchObject([{ action: 'submission.rejudge', actorId: owner.id }]);
  });

  it('shows no runs of a judgement that may still change', async () => {
    const author = await api.user();
    const id = await api.submission(author, slug);
    await api.judge(id);
    await api.prisma.judgement.updateMany({
      where: { submissionId: id },
      data: { state: 'judging', effective: false },
    });
    const { body } = await api.call(`GET /api/submissions/${id}`, { token: author.token });
    expect(body).toMatchObject({ state: 'judging', verdict: null, timeMs: null, runs: [], compileOutput: null });
  });
});

describe('The list of submissions', () => {
  it('goes page by page, newest first, without a gap or a double', async () => {
    const author = await api.user();
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) ids.unshift(idOf(await submit(author)));
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const before: string = next === '' ? '' : `&before=${next}`;
      const { body } = await api.call(`GET /api/submissions?user=${author.username.toUpperCase()}&limit=2${before}`);
      const page = body as { rows: { id: string }[]; next: string | null };
      expect(Object.keys(page).toSorted()).toEqual(['next', 'rows']);
      seen.push(...page.rows.map(({ id }) => id));
      next = page.next;
    }
    expect(seen).toEqual(ids);
  });

  it('filters by problem, verdict and language', async () => {
    const author = await api.user();
    const [judged, queued] = [await api.submission(author, slug), await api.submission(author, slug)];
    await api.judge(judged);
    const idsOf = async (query: string) => {
      const { body } = await api.call(`GET /api/submissions?user=${author.username}&${query}`);
      return (body as { rows: { id: string }[] }).rows.map(({ id }) => BigInt(id));
    };
    expect(await idsOf('verdict=WA')).toEqual([judged]);
    expect(await idsOf('verdict=AC')).toEqual([]);
    expect(await idsOf(`problem=${slug}&language=cpp`)).toEqual([queued, judged]);
    expect(await idsOf('language=java')).toEqual([]);
    expect(await idsOf('problem=other')).toEqual([]);
  });

  it('hides those of a draft and of a deleted problem from outsiders', async () => {
    const [author, other, admin] = [await api.user(), await api.user('instructor'), await api.user('admin')];
    const hidden = await api.problem(owner);
    const id = await api.submission(author, hidden);
    const sees = async (viewer: ApiUser | null) => {
      const { body } = await api.call(`GET /api/submissions?user=${author.username}`, { token: viewer?.token });
      return (body as { rows: { id: string }[] }).rows.some((row) => row.id === String(id));
    };
    const everyone = async () => Promise.all([null, other, author, owner, admin].map(sees));
    expect(await everyone()).toEqual([true, true, true, true, true]);
    await api.call(`PUT /api/problems/${hidden}`, { token: owner.token, body: { visibility: 'draft' } });
    expect(await everyone()).toEqual([false, false, true, true, true]);
    await api.call(`PUT /api/problems/${hidden}`, { token: owner.token, body: { visibility: 'published' } });
    await api.call(`DELETE /api/problems/${hidden}`, { token: owner.token });
    expect(await everyone()).toEqual([false, false, true, true, true]);
  });
});

const run = (by: ApiUser) =>
  api.call('POST /api/runs', { token: by.token, body: { language: 'cpp', source: 'x', input: '1 2' } });

describe('A free run', () => {
  it('is one at a time per user, also when both come at once', async () => {
    const student = await api.user();
    const answers = await Promise.all([run(student), run(student)]);
    expect(statuses(answers).toSorted((a, b) => a - b)).toEqual([201, 409]);
    await api.prisma.trial.updateMany({ where: { userId: student.id }, data: { state: 'done' } });
    expect((await run(student)).status).toBe(201);
  });

  it('shows its outcome to whoever has the link, broken bytes both ways, and is gone after an hour', async () => {
    const { body } = await run(await api.user());
    const { id } = body as { id: string };
    expect(id).toMatch(/^[\w-]{22}$/);
    const outcome = { status: 'exited', exitCode: 3, signal: null, cpuTimeUs: 1001, wallTimeUs: 2000 };
    await api.prisma.trial.update({
      where: { token: id },
      data: {
        state: 'done',
        outcome: { ...outcome, memoryPeakBytes: 4096, stdoutLength: 2 },
        stdout: Buffer.from([0x41, 0xff]),
        stderr: Buffer.from('é'),
      },
    });
    const shown = (await api.call(`GET /api/runs/${id}`)).body as object;
    expect(shown).toMatchObject({
      ...{ state: 'done', status: 'exited', exitCode: 3, timeMs: 2, wallTimeMs: 2, memoryBytes: 4096 },
      ...{ buildSucceeded: true, stdout: 'A\ufffd', stdoutBase64: 'Qf8=', stderr: 'é', stdoutLength: 2 },
    });
    expect(shown).not.toHaveProperty('stderrBase64');
    await api.prisma.$executeRaw`UPDATE "Trial" SET "createdAt" = now() - interval '61 minutes' WHERE token = ${id}`;
    expect((await api.call(`GET /api/runs/${id}`)).status).toBe(404);
  });
});
