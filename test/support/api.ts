import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '#libs/config/config.js';
import { sha256 } from '#libs/database/blob-store.js';
import { Prisma, type PrismaClient, type Role } from '#libs/database/generated/client.js';
import { prismaFor } from '#libs/database/prisma.service.js';
import request, { type Response } from 'supertest';
import { createApp, stopApp } from '../../apps/api/src/app.js';
import { hashToken } from '#libs/database/tokens.js';
import { createTestDatabase, type TestDatabase } from './database.js';

export interface ApiUser {
  readonly id: bigint;
  readonly username: string;
  readonly token: string;
}

export interface Call {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The api alone, in this process, over a database of its own; no worker, so rows are judged by hand. */
export class TestApi {
  private constructor(
    readonly url: string,
    readonly databaseUrl: string,
    readonly dataFolder: string,
    readonly app: NestFastifyApplication,
    readonly prisma: PrismaClient,
    private readonly database: TestDatabase,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<TestApi> {
    const database = await createTestDatabase();
    const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'saiban-api-'));
    const app = await createApp(readConfig({ DATABASE_URL: database.url, SAIBAN_DATA: dataFolder, ...env }));
    await app.listen(0, '127.0.0.1');
    const api = new TestApi(await app.getUrl(), database.url, dataFolder, app, prismaFor(database.url), database);
    await api.heartbeat();
    return api;
  }

  async stop(): Promise<void> {
    await stopApp(this.app);
    await this.prisma.$disconnect();
    await this.database.drop();
    rmSync(this.dataFolder, { recursive: true, force: true });
  }

  /** `GET /api/me` and the like. */
  async call(route: string, { token, body, headers = {} }: Call = {}): Promise<Response> {
    const [method = '', pathname = ''] = route.split(' ');
    const pending = request(this.url)[method.toLowerCase() as 'get'](pathname).set(headers);
    if (token) void pending.set('authorization', `Bearer ${token}`);
    return body === undefined ? pending : pending.send(body as object);
  }

  /** Signed in, with a password that nobody can type. */
  async user(role: Role = 'student', username = `u${randomBytes(5).toString('hex')}`): Promise<ApiUser> {
    const token = randomBytes(32).toString('base64url');
    const { id } = await this.prisma.user.create({
      data: {
        username,
        usernameKey: username.toLowerCase(),
        displayName: username,
        passwordHash: 'none',
        role,
        sessions: { create: { tokenHash: hashToken(token) } },
      },
    });
    return { id, username, token };
  }

  /** A live worker with C++ and Python ready and Java failed. */
  async heartbeat(ageSeconds = 0): Promise<void> {
    const languages = JSON.stringify([
      { id: 'cpp', name: 'C++', version: '12.2.0', state: 'ready' },
      { id: 'python3', name: 'Python 3', version: '3.11.2', state: 'ready' },
      { id: 'java', name: 'Java', version: '', state: 'failed', reason: 'Its self-test failed.' },
    ]);
    const seenAt = Prisma.sql`now() - make_interval(secs => ${ageSeconds}::float8)`;
    await this.prisma.$executeRaw`
      INSERT INTO "WorkerHeartbeat" ("workerId", host, languages, slots, tier, "startedAt", "lastSeenAt", "selfRunAt")
      VALUES ('w1', 'h1', ${languages}::jsonb, 1, 'test', now(), ${seenAt}, ${seenAt})
      ON CONFLICT ("workerId") DO UPDATE SET languages = excluded.languages, "lastSeenAt" = excluded."lastSeenAt",
        "selfRunAt" = excluded."selfRunAt"`;
  }

  /** One sample and one secret test case, by the API. */
  async problem(owner: ApiUser, fields: object = {}): Promise<string> {
    const slug = `p-${randomBytes(5).toString('hex')}`;
    const answer = await this.call('POST /api/problems', {
      token: owner.token,
      body: problemBody({ slug, ...fields }),
    });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return slug;
  }

  async submission(author: ApiUser, problem: string): Promise<bigint> {
    const body = { problem, language: 'cpp', source: marks.source };
    const answer = await this.call('POST /api/submissions', { token: author.token, body });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return BigInt((answer.body as { id: string }).id);
  }

  /** What a worker would write: the newest judgement done and effective, WA on the secret test case. */
  async judge(submissionId: bigint): Promise<bigint> {
    const judgement = await this.prisma.judgement.findFirstOrThrow({
      where: { submissionId },
      orderBy: { id: 'desc' },
      include: { revision: { include: { testCases: { orderBy: { ordinal: 'asc' } } } } },
    });
    await this.prisma.$transaction([
      this.prisma.judgement.updateMany({ where: { submissionId }, data: { effective: false } }),
      this.prisma.run.createMany({
        data: judgement.revision.testCases.map(({ id, ordinal, sample }) => ({
          judgementId: judgement.id,
          testCaseId: id,
          ordinal,
          verdict: sample ? ('AC' as const) : ('WA' as const),
          cpuTimeUs: 1200 + ordinal,
          wallTimeUs: 2000,
          memoryPeakBytes: 4096n,
          message: sample ? marks.sampleMessage : marks.secretMessage,
          stderr: Buffer.from(sample ? marks.sampleStderr : marks.secretStderr),
        })),
      }),
      this.prisma.judgement.update({
        where: { id: judgement.id },
        data: {
          state: 'done',
          verdict: 'WA',
          score: 0,
          cpuTimeUs: 1201,
          memoryPeakBytes: 4096n,
          compileOutput: Buffer.from(marks.compileOutput),
          faultReason: marks.faultReason,
          effective: true,
          finishedAt: new Date(),
        },
      }),
    ]);
    return judgement.id;
  }
}

/** Texts that must not reach the wrong eyes; tests look for them in whole answers. */
export const marks = {
  source: 'MARK-source',
  compileOutput: 'MARK-compile-output',
  sampleMessage: 'MARK-sample-message',
  sampleStderr: 'MARK-sample-stderr',
  secretMessage: 'MARK-secret-message',
  secretStderr: 'MARK-secret-stderr',
  secretInput: 'MARK-secret-input',
  secretAnswer: 'MARK-secret-answer',
  faultReason: 'MARK-fault-reason',
  staffOnly: 'MARK-staff-only',
} as const;

export const problemBody = (fields: object = {}) => ({
  slug: 'a-plus-b',
  title: 'A+B',
  statement: 'Add $a$ and $b$.',
  timeLimitMs: 1000,
  memoryLimitBytes: 64 * 1024 * 1024,
  testCases: [
    { input: '1 2\n', answer: '3\n', sample: true },
    { input: marks.secretInput, answer: marks.secretAnswer, name: marks.staffOnly },
  ],
  ...fields,
});

export const digestOf = (text: string) => sha256(Buffer.from(text));
