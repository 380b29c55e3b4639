import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { processesIn } from '../processes/proc.js';
import { EmbeddedPostgres, type PostgresOptions } from './embedded-postgres.js';

const READY_WITHIN_MS = 30_000;
/** Making a cluster takes a second, on a busy machine ten. */
const LIMIT_MS = 60_000;
const asRoot = process.getuid?.() === 0;

describe('the embedded Postgres', () => {
  let root: string;
  let siteFolder: string;
  let farFolder: string;
  const opened: { postgres: EmbeddedPostgres; server: ChildProcess }[] = [];

  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'saiban-pg-'));
    chmodSync(root, 0o755);
    siteFolder = path.join(root, 'site');
    farFolder = path.join(root, 'far');
    mkdirSync(siteFolder);
    mkdirSync(farFolder);
  }, LIMIT_MS);

  afterEach(async () => {
    for (const { server } of opened.splice(0)) await end(server, 'SIGQUIT');
    chmodSync(root, 0o755);
    rmSync(root, { recursive: true, force: true });
  }, LIMIT_MS);

  async function open(options: Partial<PostgresOptions> = {}) {
    const postgres = await EmbeddedPostgres.prepare({ siteFolder, farFolder, ...options });
    const server = await launch(postgres);
    return { postgres, server };
  }

  async function launch(postgres: EmbeddedPostgres): Promise<ChildProcess> {
    const server = await postgres.launch();
    server.stderr?.resume();
    opened.push({ postgres, server });
    await postgres.ready(READY_WITHIN_MS);
    return server;
  }

  it(
    'is durable, keeps its data and its port over a restart, and refuses a wrong password',
    async () => {
      const first = await open();
      expect(await query(first.postgres.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
      expect(await query(first.postgres.url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
      await remember(first.postgres.url);
      const wrong = new URL(first.postgres.url);
      wrong.password = 'wrong';
      await expect(query(wrong.toString(), 'SELECT 1')).rejects.toThrow('password authentication failed');
      await end(first.server, 'SIGINT');
      first.postgres.release();

      const second = await open();
      expect(second.postgres.url).toBe(first.postgres.url);
      expect(await recall(second.postgres.url)).toEqual([{ value: 42 }]);
    },
    LIMIT_MS,
  );

  it(
    'keeps its password where only its owner reads it',
    async () => {
      await open();
      expect(statSync(path.join(siteFolder, 'keys/postgres.json')).mode & 0o077).toBe(0);
      expect(statSync(path.join(siteFolder, 'keys')).mode & 0o077).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'starts again after kill -9 with all that was committed',
    async () => {
      const { postgres, server } = await open();
      await remember(postgres.url);
      await end(server, 'SIGKILL');
      await launch(postgres);
      expect(await recall(postgres.url)).toEqual([{ value: 42 }]);
    },
    LIMIT_MS,
  );

  it(
    'ends a server that a killed launcher left before it starts its own',
    async () => {
      const { postgres, server } = await open();
      await remember(postgres.url);
      postgres.release();
      const second = await open();
      expect(server.exitCode).toBe(0);
      expect(await recall(second.postgres.url)).toEqual([{ value: 42 }]);
    },
    LIMIT_MS,
  );

  it(
    'is not misled by a process id in a stale file that is by now someone else',
    async () => {
      const { postgres, server } = await open();
      await end(server, 'SIGKILL');
      const file = path.join(postgres.data, 'postmaster.pid');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
      await launch(postgres);
      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    },
    LIMIT_MS,
  );

  it(
    'takes another port when its own is taken, and remembers that one',
    async () => {
      const first = await open();
      const { port } = new URL(first.postgres.url);
      await end(first.server, 'SIGINT');
      first.postgres.release();

      const stranger = await listen(Number(port));
      const second = await open();
      const changed = new URL(second.postgres.url).port;
      expect(changed).not.toBe(port);
      await end(second.server, 'SIGINT');
      second.postgres.release();
      await new Promise((resolve) => stranger.close(resolve));

      const third = await open();
      expect(new URL(third.postgres.url).port).toBe(changed);
    },
    LIMIT_MS,
  );

  it(
    'refuses a second launcher on the same data and names the first',
    async () => {
      await open();
      await expect(open()).rejects.toThrow(`(process ${process.pid}). Stop it`);
    },
    LIMIT_MS,
  );

  it(
    'as root lies elsewhere when the parent folder is closed to others, and opens no folder',
    async () => {
      chmodSync(root, 0o700);
      chmodSync(siteFolder, 0o700);
      // Reachable for the database user, unlike the site; an ordinary user needs no second place.
      const reachable = mkdtempSync(path.join(os.tmpdir(), 'saiban-far-'));
      chmodSync(reachable, 0o755);
      try {
        const { postgres, server } = await open({ farFolder: reachable });
        await remember(postgres.url);
        expect(postgres.placement.elsewhere).toBe(asRoot);
        expect(existsSync(path.join(siteFolder, 'where'))).toBe(asRoot);
        if (asRoot) expect(readFileSync(path.join(siteFolder, 'where'), 'utf8').trim()).toBe(postgres.placement.folder);
        expect(statSync(root).mode & 0o777).toBe(0o700);
        expect(statSync(siteFolder).mode & 0o777).toBe(0o700);
        await end(server, 'SIGINT');
        postgres.release();
        const again = await open({ farFolder: '/nowhere' });
        expect(again.postgres.placement.folder).toBe(postgres.placement.folder);
        expect(await recall(again.postgres.url)).toEqual([{ value: 42 }]);
        await end(again.server, 'SIGQUIT');
      } finally {
        rmSync(reachable, { recursive: true, force: true });
      }
    },
    LIMIT_MS,
  );

  it(
    'starts although a full disk or a power loss left the note of its place empty',
    async () => {
      writeFileSync(path.join(siteFolder, 'where'), '');
      const { postgres } = await open();
      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    },
    LIMIT_MS,
  );

  it(
    'leaves no process when it has ended',
    async () => {
      const { postgres, server } = await open();
      expect(processesIn(postgres.data).length).toBeGreaterThan(1);
      await end(server, 'SIGINT');
      expect(processesIn(postgres.data)).toEqual([]);
    },
    LIMIT_MS,
  );
});

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill(signal);
  await exit;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const remember = (url: string) => query(url, 'CREATE TABLE note AS SELECT 42 AS value');
const recall = (url: string) => query(url, 'SELECT value FROM note');
