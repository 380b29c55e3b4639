import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PrismaClient, Role } from '#libs/database/generated/client.js';
import { hashPassword } from '#libs/database/passwords.js';
import { prismaFor } from '#libs/database/prisma.service.js';
import { Child, freePort, until } from './child.js';
import { createTestDatabase } from './database.js';

const PASSWORD = 'correct horse battery staple';
const READY_TIMEOUT_MS = 60_000;

export interface Answer {
  readonly status: number;
  /** Tests look at it as they like; what is wrong there fails their expectations. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface TestUser {
  readonly id: bigint;
  readonly username: string;
  readonly token: string;
}

/** A whole Saiban: api, worker and runner as real processes over a database of their own. */
export interface TestSite {
  readonly url: string;
  readonly databaseUrl: string;
  readonly dataFolder: string;
  readonly prisma: PrismaClient;
  readonly adminToken: string;
  readonly api: Child;
  readonly runner: Child;
  /** The first worker; more by `newWorker`. */
  readonly worker: Child;
  newWorker(script?: string): Child;
  createUser(role: Role): Promise<TestUser>;
  call(method: string, path: string, token: string | null, body?: unknown): Promise<Answer>;
  healthy(): Promise<void>;
  stop(): Promise<void>;
}

export interface SiteOptions {
  readonly env?: Record<string, string>;
  /** A superuser's URL of an own Postgres instead of the test run's. */
  readonly postgresUrl?: string;
}

/** Starts a site and waits until it is healthy. */
export async function startSite(options: SiteOptions = {}): Promise<TestSite> {
  const database = await createTestDatabase(options.postgresUrl);
  const databaseUrl = database.url;
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'saiban-site-'));
  const [port, runnerPort] = [await freePort(), await freePort()];
  const env = {
    DATABASE_URL: databaseUrl,
    SAIBAN_DATA: dataFolder,
    PORT: String(port),
    RUNNER_PORT: String(runnerPort),
    ...options.env,
  };
  const workers: Child[] = [];
  const newWorker = (script = 'apps/worker/src/main.js') => {
    const child = new Child(script, env);
    workers.push(child);
    return child;
  };
  const runner = new Child('apps/runner/src/main.js', env);
  const api = new Child('apps/api/src/main.js', env);
  const worker = newWorker();
  const children = () => [api, ...workers, runner];
  for (const child of [runner, worker, api]) child.start();

  const url = `http://127.0.0.1:${port}`;
  const prisma = prismaFor(databaseUrl);
  const logs = () =>
    children()
      .map((child) => child.log)
      .join('\n---\n');
  const call: TestSite['call'] = async (method, route, token, body) => {
    const response = await fetch(url + route, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  const languageReady = async (id: string) => {
    const { body } = await call('GET', '/api/languages', null);
    return (body as { id: string; state: string }[]).some(
      (language) => language.id === id && language.state === 'ready',
    );
  };
  const healthy = async () => {
    await until('health', READY_TIMEOUT_MS, async () => (await call('GET', '/api/health', null)).status === 200, logs);
    // The last that a runner tests.
    await until('all languages', READY_TIMEOUT_MS, () => languageReady('plain'), logs);
  };
  let users = 0;
  const passwordHash = await hashPassword(PASSWORD);
  const createUser = async (role: Role): Promise<TestUser> => {
    const username = `${role}${++users}`;
    const { id } = await prisma.user.create({
      data: { username, usernameKey: username, displayName: username, passwordHash, role },
    });
    const login = await call('POST', '/api/auth/login', null, { username, password: PASSWORD });
    if (login.status >= 300) throw new Error(`login: ${login.status} ${JSON.stringify(login.body)}`);
    return { id, username, token: login.body.token as string };
  };
  const stop = async () => {
    await Promise.all([api, ...workers].map((child) => child.end()));
    await runner.end();
    await prisma.$disconnect();
    await database.drop();
    rmSync(dataFolder, { recursive: true, force: true });
  };
  try {
    await healthy();
    const { token: adminToken } = await createUser('admin');
    return {
      url,
      databaseUrl,
      dataFolder,
      prisma,
      adminToken,
      api,
      runner,
      worker,
      newWorker,
      createUser,
      call,
      healthy,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
