import { jest } from '@jest/globals';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBackend, type Job, setDefaultBackendFactory, Worker } from 'bullmq';
import { JUDGE_QUEUE } from '#libs/queue/judge.queue.js';
import { queueConnection } from '#libs/queue/connection.js';
import { type ApiUser, TestApi } from '../support/api.js';

/** The machine may be busy with other tests. */
const TIMEOUT_MS = 60_000;
jest.setTimeout(TIMEOUT_MS);
const COMMENT_MS = 400;
const WAIT_MS = 20_000;

let api: TestApi;
let owner: ApiUser;
let author: ApiUser;
let slug: string;

beforeAll(async () => {
  api = await TestApi.start({ EVENTS_COMMENT_MS: String(COMMENT_MS), RATE_SUBMIT_BURST: '1000' });
  [owner, author] = [await api.user('instructor'), await api.user()];
  slug = await api.problem(owner);
});
afterAll(() => api.stop());
beforeEach(() => api.heartbeat());

interface Event {
  readonly name: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** An open event stream, read as it comes. */
class Watcher {
  text = '';
  ended = false;
  status = 0;
  private readonly request: http.ClientRequest;

  constructor(path: string, token: string | null) {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    this.request = http.get(`${api.url}${path}`, { headers, agent: false }, (response) => {
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8').on('data', (text: string) => (this.text += text));
      response.on('close', () => (this.ended = true));
    });
    this.request.on('error', () => (this.ended = true));
  }

  get events(): Event[] {
    const blocks = this.text.split('\n\n').filter((block) => block.startsWith('event: '));
    return blocks.map((block) => {
      const [, name = '', body = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { name, body: JSON.parse(body) as unknown };
    });
  }

  get names(): string[] {
    return this.events.map(({ name }) => name);
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`Not in ${WAIT_MS} ms. Status ${this.status}, so far:\n${this.text}`);
      await sleep(10);
    }
  }

  close(): void {
    this.request.destroy();
  }
}

const watch = (id: bigint, token: string | null = author.token) => new Watcher(`/api/submissions/${id}/events`, token);

/** A worker of the real queue that does what the test says; nothing is judged but by hand. */
async function withWorker(work: (job: Job) => Promise<void>, test: () => Promise<void>): Promise<void> {
  const connection = queueConnection({ databaseUrl: api.databaseUrl, redisUrl: null });
  setDefaultBackendFactory(createPostgresBackend);
  const worker = new Worker(JUDGE_QUEUE, (job) => work(job), { connection });
  worker.on('error', () => undefined);
  try {
    await test();
  } finally {
    await worker.close();
  }
}

it('sends the present state, progress that never falls, and the final object, then ends', async () => {
  const id = await api.submission(author, slug);
  const watcher = watch(id);
  await watcher.until(() => watcher.names.includes('state'));
  const steps = [1, 3, 2, 5];
  await withWorker(
    async (job) => {
      for (const done of steps) {
        await job.updateProgress({ done, total: 5 });
        await sleep(100);
      }
      await api.judge(id);
    },
    () => watcher.until(() => watcher.ended),
  );
  const final = (await api.call(`GET /api/submissions/${id}`, { token: author.token })).body as object;
  const [state, ...rest] = watcher.events;
  expect(state).toMatchObject({ name: 'state', body: { state: 'queued', verdict: null } });
  expect(rest.at(-1)).toEqual({ name: 'judgement', body: final });
  expect(final).toMatchObject({ state: 'done', verdict: 'WA' });
  const progress = rest.slice(0, -1);
  expect(progress.map(({ name, body }) => [name, body.done, body.total])).toEqual([
    ['progress', 1, 5],
    ['progress', 3, 5],
    ['progress', 5, 5],
  ]);
});

it('goes on over an attempt that ended without a verdict', async () => {
  const id = await api.submission(author, slug);
  const watcher = watch(id);
  await watcher.until(() => watcher.names.includes('state'));
  await withWorker(
    (job) => job.updateProgress({ done: 1, total: 2 }),
    () => watcher.until(() => watcher.names.includes('progress')),
  );
  await sleep(2 * COMMENT_MS);
  expect(watcher.ended).toBe(false);
  await api.judge(id);
  await watcher.until(() => watcher.ended);
  expect(watcher.names).toEqual(['state', 'progress', 'judgement']);
});

it('comments, and reads the row again then: a lost event costs one comment', async () => {
  const id = await api.submission(author, slug);
  const watcher = watch(id);
  await watcher.until(() => watcher.text.includes(': still here'));
  // No event is sent for this.
  await api.judge(id);
  await watcher.until(() => watcher.ended);
  expect(watcher.names).toEqual(['state', 'judgement']);
});

it('ends at once when all is done, and shows each viewer only what is theirs', async () => {
  const id = await api.submission(author, slug);
  await api.judge(id);
  for (const viewer of [author, owner, null]) {
    const watcher = watch(id, viewer?.token ?? null);
    await watcher.until(() => watcher.ended);
    const plain = await api.call(`GET /api/submissions/${id}`, { token: viewer?.token });
    expect(watcher.events).toEqual([
      { name: 'state', body: plain.body as unknown },
      { name: 'judgement', body: plain.body as unknown },
    ]);
  }
});

it('waits for a rejudgement although an effective judgement stands', async () => {
  const id = await api.submission(author, slug);
  await api.judge(id);
  await api.call(`POST /api/submissions/${id}/rejudge`, { token: owner.token });
  const watcher = watch(id);
  await watcher.until(() => watcher.names.includes('state'));
  expect(watcher.events[0]?.body).toMatchObject({ state: 'done', rejudging: true });
  await api.judge(id);
  await watcher.until(() => watcher.ended);
  expect(watcher.events.at(-1)).toMatchObject({ name: 'judgement', body: { rejudging: false } });
});

it('bounds the open streams of a user, and frees a place when the client goes', async () => {
  const viewer = await api.user();
  const id = await api.submission(author, slug);
  const open = Array.from({ length: 20 }, () => watch(id, viewer.token));
  await Promise.all(open.map((watcher) => watcher.until(() => watcher.names.includes('state'))));
  const refused = await api.call(`GET /api/submissions/${id}/events`, { token: viewer.token });
  expect([refused.status, (refused.body as { code: string }).code]).toEqual([429, 'TOO_MANY_STREAMS']);
  open[0]?.close();
  await sleep(500);
  const again = watch(id, viewer.token);
  await again.until(() => again.names.includes('state'));
  for (const watcher of [...open, again]) watcher.close();
});

it('follows a free run, too', async () => {
  const { body } = await api.call('POST /api/runs', { token: author.token, body: { language: 'cpp', source: 'x' } });
  const { id } = body as { id: string };
  const watcher = new Watcher(`/api/runs/${id}/events`, null);
  await watcher.until(() => watcher.names.includes('state'));
  await api.prisma.trial.update({ where: { token: id }, data: { state: 'done', stdout: Buffer.from('3\n') } });
  await watcher.until(() => watcher.ended);
  expect(watcher.events.at(-1)).toMatchObject({ name: 'run', body: { state: 'done', stdout: '3\n' } });
});

it('ends all streams when the api stops', async () => {
  const stopping = await TestApi.start();
  const [teacher, student] = [await stopping.user('instructor'), await stopping.user()];
  const id = await stopping.submission(student, await stopping.problem(teacher));
  const here = api;
  api = stopping;
  const watcher = watch(id, student.token);
  api = here;
  await watcher.until(() => watcher.names.includes('state'));
  const startedAt = Date.now();
  await stopping.stop();
  await watcher.until(() => watcher.ended);
  expect(Date.now() - startedAt).toBeLessThan(8000);
});
