import { jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '#libs/config/config.js';
import { languageIds } from '#libs/paiza/languages.js';
import net from 'node:net';
import request from 'supertest';
import { createApp, stopApp } from '../../apps/api/src/app.js';
import { type ApiUser, TestApi } from '../support/api.js';

/** The machine may be busy with other tests. */
const TIMEOUT_MS = 60_000;
jest.setTimeout(TIMEOUT_MS);

let api: TestApi;
beforeAll(async () => void (api = await TestApi.start()));
afterAll(() => api.stop());
beforeEach(() => api.heartbeat());

const board = async (page = 1) => {
  const { body } = await api.call(`GET /api/leaderboard?page=${page}`);
  return body as { rows: { rank: number; user: { username: string } }[]; page: number; pages: number };
};

const students = (...names: string[]) =>
  Promise.all(names.map((name) => api.user('student', `${name}-${process.hrtime.bigint()}`)));

const ranks = async () => (await board()).rows.map(({ rank, user }) => [rank, user.username]);

describe('The leaderboard', () => {
  let problems: bigint[];
  let owner: ApiUser;

  beforeAll(async () => {
    owner = await api.user('instructor');
    problems = [];
    for (let at = 0; at < 3; at++) {
      const slug = await api.problem(owner);
      problems.push((await api.prisma.problem.findFirstOrThrow({ where: { slug } })).id);
    }
  });
  afterEach(() => api.prisma.standing.deleteMany());

  /** Scores per problem, and the day of the last AC; a score of 100 is solved. */
  async function standing(user: ApiUser, scores: readonly number[], day: number | null, submissions = 1) {
    await api.prisma.standing.createMany({
      data: scores.map((score, at) => ({
        userId: user.id,
        problemId: problems[at] ?? 0n,
        score,
        solved: score === 100,
        submissions,
        acceptedAt: day === null ? null : new Date(Date.UTC(2026, 0, day, 0, 0, at)),
      })),
    });
  }

  it('orders by score, then solved, then the earlier last AC, and lets equals share a rank', async () => {
    const [a, b, c, d, e, f] = (await students('a', 'b', 'c', 'd', 'e', 'f')) as [
      ApiUser,
      ApiUser,
      ApiUser,
      ApiUser,
      ApiUser,
      ApiUser,
    ];
    await standing(a, [100, 100], 2);
    await standing(b, [100, 100], 2);
    await standing(c, [100, 100], 1);
    await standing(d, [100, 50, 50], 1);
    await standing(e, [100, 100, 0.5], 9);
    await standing(f, [0], null, 7);
    expect(await ranks()).toEqual([
      [1, e.username],
      [2, c.username],
      [3, a.username],
      [3, b.username],
      [5, d.username],
      [6, f.username],
    ]);
    const { rows } = await board();
    expect(rows[1]).toEqual({
      ...{ rank: 2, user: { username: c.username, displayName: c.username }, solved: 2, score: 200, submissions: 2 },
      lastAcceptedAt: '2026-01-01T00:00:01.000Z',
    });
    expect(rows[5]).toMatchObject({ solved: 0, score: 0, submissions: 7, lastAcceptedAt: null });
  });

  it('leaves out staff, the disabled, those without a submission that counts, drafts and deleted problems', async () => {
    const [kept, gone, none] = (await students('kept', 'gone', 'none')) as [ApiUser, ApiUser, ApiUser];
    const teacher = await api.user('instructor');
    for (const user of [kept, gone, teacher]) await standing(user, [100, 100, 100], 1);
    await standing(none, [0], null, 0);
    await api.prisma.user.update({ where: { id: gone.id }, data: { disabledAt: new Date() } });
    await api.prisma.problem.update({ where: { id: problems[0] ?? 0n }, data: { visibility: 'draft' } });
    await api.prisma.problem.update({ where: { id: problems[1] ?? 0n }, data: { deletedAt: new Date() } });
    try {
      expect((await board()).rows).toMatchObject([
        { rank: 1, user: { username: kept.username }, solved: 1, score: 100 },
      ]);
    } finally {
      await api.prisma.problem.updateMany({ data: { visibility: 'published', deletedAt: null } });
    }
  });

  it('shows 50 a page, and an empty page after the last', async () => {
    const many = await students(...Array.from({ length: 53 }, (_, at) => `s${at}`));
    for (const [at, student] of many.entries()) await standing(student, [at], null);
    const pages = [await board(1), await board(2), await board(3)];
    expect(pages.map(({ rows, pages }) => [rows.length, pages])).toEqual([
      [50, 2],
      [3, 2],
      [0, 2],
    ]);
    expect(pages[1]?.rows.map(({ rank }) => rank)).toEqual([51, 52, 53]);
  });
});

describe('The languages', () => {
  it('are all of them, each with the state of the live worker that is furthest', async () => {
    const other = JSON.stringify([
      { id: 'java', name: 'Java', version: '', state: 'installing', reason: 'Half way.' },
      { id: 'cpp', name: 'C++', version: '', state: 'failed', reason: 'Broken here.' },
    ]);
    await api.prisma.$executeRaw`
      INSERT INTO "WorkerHeartbeat" ("workerId", host, languages, slots, tier, "startedAt", "lastSeenAt")
      VALUES ('w2', 'h2', ${other}::jsonb, 1, 'test', now(), now())`;
    try {
      const { body } = await api.call('GET /api/languages');
      const languages = body as { id: string; state: string }[];
      expect(languages.map(({ id }) => id)).toEqual(languageIds);
      expect(languages.find(({ id }) => id === 'cpp')).toEqual({
        id: 'cpp',
        name: 'C++',
        version: '12.2.0',
        state: 'ready',
      });
      expect(languages.find(({ id }) => id === 'java')).toMatchObject({ state: 'installing', reason: 'Half way.' });
      expect(languages.find(({ id }) => id === 'rust')).toMatchObject({
        state: 'missing',
        reason: expect.any(String) as string,
      });
    } finally {
      await api.prisma.workerHeartbeat.delete({ where: { workerId: 'w2' } });
    }
  });
});

const health = async () => {
  const { status, body } = await api.call('GET /api/health');
  return { status, failing: (body as { failing?: string[] }).failing };
};

describe('The health', () => {
  it('is ok with a live worker, a ready language and a fresh self-run', async () => {
    expect((await api.call('GET /api/health')).body).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['the worker fell silent', `"lastSeenAt" = now() - interval '16 seconds'`],
    ['the self-run is old', `"selfRunAt" = now() - interval '61 seconds'`],
    ['there never was a self-run', `"selfRunAt" = NULL`],
    ['no language is ready', `languages = '[{"id":"cpp","state":"failed"}]'`],
  ])('names the worker when %s', async (_, change) => {
    await api.prisma.$executeRawUnsafe(`UPDATE "WorkerHeartbeat" SET ${change}`);
    expect(await health()).toEqual({ status: 503, failing: ['worker'] });
  });

  it('is ok while all slots are at work, so that the self-run waits; not when the last one failed', async () => {
    const set = (change: string) => api.prisma.$executeRawUnsafe(`UPDATE "WorkerHeartbeat" SET ${change}`);
    await set(`"selfRunAt" = now() - interval '3 minutes', "busyAt" = now(), "lastSeenAt" = now()`);
    await set(`languages = '[{"id":"cpp","state":"ready"}]'`);
    expect((await health()).status).toBe(200);
    await set(`"selfRunMessage" = 'A+B: WA'`);
    expect((await health()).status).toBe(503);
    await set(`"selfRunMessage" = NULL, "busyAt" = now() - interval '16 seconds'`);
    expect((await health()).status).toBe(503);
  });

  it('answers within 3 s when the database hangs, however many ask', async () => {
    // A server that takes connections and never says a word.
    const sockets = new Set<net.Socket>();
    const silent = net.createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    let stuck: NestFastifyApplication | undefined;
    try {
      stuck = await createApp(
        readConfig({ DATABASE_URL: `postgresql://a:b@127.0.0.1:${port}/c`, SAIBAN_DATA: api.dataFolder }),
      );
      await stuck.listen(0, '127.0.0.1');
      const url = await stuck.getUrl();
      const startedAt = Date.now();
      const answers = await Promise.all(Array.from({ length: 50 }, () => request(url).get('/api/health')));
      expect(Date.now() - startedAt).toBeLessThan(4000);
      for (const { status, body } of answers) {
        expect([status, (body as { failing: string[] }).failing]).toEqual([503, ['database', 'queue', 'worker']]);
      }
    } finally {
      silent.close();
      for (const socket of sockets) socket.destroy();
      if (stuck) await stopApp(stuck);
    }
  });
});

describe('Without a database', () => {
  it('every call says so, and when to try again, and the api still stops cleanly', async () => {
    const config = readConfig({ DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c', SAIBAN_DATA: api.dataFolder });
    const cut = await createApp(config);
    await cut.listen(0, '127.0.0.1');
    const url = await cut.getUrl();
    for (const path of ['/api/problems', '/api/languages', '/api/leaderboard', '/api/submissions']) {
      const { status, headers, body } = await request(url).get(path);
      expect({ path, status, body: body as object }).toMatchObject({
        path,
        status: 503,
        body: { code: 'DATABASE_UNAVAILABLE' },
      });
      expect(headers['retry-after']).toBe('5');
    }
    await stopApp(cut);
  });
});

describe('The reference', () => {
  it('describes every call and needs nothing from elsewhere', async () => {
    const { body } = await api.call('GET /api/openapi.json');
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths).toEqual(
      expect.arrayContaining(['/api/submissions', '/api/problems/{slug}', '/api/runs/{id}/events']),
    );
    const page = await api.call('GET /api/docs');
    expect(page.text).not.toMatch(/(src|href)="(?!\/api\/docs\/)/);
    for (const [, path] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect([path, (await api.call(`GET ${path}`)).status]).toEqual([path, 200]);
    }
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  });

  it('is where / leads until the web app exists', async () => {
    const { status, headers } = await api.call('GET /');
    expect([status, headers['location']]).toEqual([302, '/api/docs']);
  });
});

it('sends headers that forbid framing, sniffing and keeping, with errors too', async () => {
  for (const route of ['GET /api/languages', 'GET /api/nothing', 'GET /%zz']) {
    const { headers } = await api.call(route);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  }
});
