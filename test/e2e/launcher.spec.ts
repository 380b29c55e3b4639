import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesIn, processesWith } from '../../apps/launcher/src/processes/proc.js';
import { LAUNCHED_FOR } from '../../apps/launcher/src/site/site.js';
import { freePort } from '../../apps/launcher/src/system/ports.js';

// The real launcher with the real apps, as people start it: `npm start` in this checkout, on a data folder of its own.

const CHECKOUT = path.resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 180_000;
const ENDED_WITHIN_MS = 60_000;
const LIMIT_MS = 240_000;
/** A start whose compilers are there and whose database exists. */
const SECOND_START_MS = 60_000;

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-launcher-'));
const data = path.join(folder, 'data');
const started: Started[] = [];
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const port = await freePort(3_230, 100);
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|DATABASE_URL|REDIS_URL|PAIZA_URL)/.test(name));
  env = {
    ...Object.fromEntries(own),
    SAIBAN_DATA: data,
    PORT: String(port),
    RUNNER_PORT: String(await freePort(port + 1, 100)),
  };
});

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await until('the end of all processes', () => leftProcesses().length === 0, ENDED_WITHIN_MS);
  const where = path.join(data, 'where');
  if (existsSync(where)) rmSync(readFileSync(where, 'utf8').trim(), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}, LIMIT_MS);

/** Without npm in between unless it is asked for, so that signals go to the launcher itself. */
function start(
  changes: NodeJS.ProcessEnv = {},
  command = [process.execPath, 'apps/launcher/bootstrap.mjs', 'start'],
): Started {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: CHECKOUT, env: { ...env, ...changes }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const launcher = { child, output: () => text, exit };
  started.push(launcher);
  return launcher;
}

async function ready(launcher: Started, withinMs = READY_WITHIN_MS): Promise<void> {
  const look = () => {
    if (launcher.child.exitCode !== null) throw new Error(`It ended:\n${launcher.output()}`);
    return launcher.output().includes('Saiban is ready.') && launcher.output().includes('Ctrl-C');
  };
  await until('ready', look, withinMs, launcher.output);
}

async function until(what: string, look: () => unknown, withinMs: number, more = () => ''): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await look()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}\n${more()}`);
  }
}

async function healthy(): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${env['PORT']}/api/health`).catch(() => null);
  return answer?.status === 200;
}

const database = () => {
  const where = path.join(data, 'where');
  return path.join(existsSync(where) ? readFileSync(where, 'utf8').trim() : path.join(data, 'postgres'), 'data');
};
const leftProcesses = () => [...processesWith(LAUNCHED_FOR, data), ...processesIn(database())];
const processOf = (app: string) =>
  processesWith(LAUNCHED_FOR, data).find((id) =>
    readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(`apps/${app}/`),
  ) ?? 0;

describe('saiban start', () => {
  it(
    'leads to a judge that is healthy, on one clear screen with the password, though the api dies while it is being filled',
    async () => {
      const launcher = start();
      await until('healthy', healthy, READY_WITHIN_MS, launcher.output);
      process.kill(processOf('api'), 'SIGKILL');
      await ready(launcher);
      expect(await healthy()).toBe(true);
      const screen = launcher.output();
      const password = /password +(\S{24}) /.exec(screen)?.[1];
      for (const text of [`http://localhost:${env['PORT']}`, 'admin', 'python3', data, 'sandbox']) {
        expect(screen).toContain(text);
      }
      const login = await fetch(`http://127.0.0.1:${env['PORT']}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password }),
      });
      expect(login.status).toBe(200);
      const problems = await fetch(`http://127.0.0.1:${env['PORT']}/api/problems`);
      expect(await problems.text()).toContain('a-plus-b');
    },
    LIMIT_MS,
  );

  it(
    'refuses a second launcher on the same data, and names the first',
    async () => {
      const second = start({ PORT: '1', RUNNER_PORT: '2' });
      expect(await second.exit).toBe(1);
      expect(second.output()).toContain(`already runs on ${data} (process ${started[0]?.child.pid})`);
    },
    LIMIT_MS,
  );

  it(
    'starts again what dies: the worker, the api, the runner, and the database under all of them',
    async () => {
      for (const app of ['worker', 'api', 'runner']) {
        const before = processOf(app);
        process.kill(before, 'SIGKILL');
        await until(`another ${app}`, () => ![0, before].includes(processOf(app)), 30_000);
      }
      const server = Number.parseInt(readFileSync(path.join(database(), 'postmaster.pid'), 'utf8'), 10);
      process.kill(server, 'SIGKILL');
      await until('unhealthy', async () => !(await healthy()), 30_000);
      await until('healthy again', healthy, 90_000, started[0]?.output);
    },
    LIMIT_MS,
  );

  it(
    'stops everything in order on SIGTERM',
    async () => {
      const [first] = started;
      first?.child.kill('SIGTERM');
      expect(await first?.exit).toBe(0);
      expect(first?.output().trimEnd().endsWith('Stopped.')).toBe(true);
      expect(leftProcesses()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is quick the second time, keeps the password to itself, and killed outright leaves no process',
    async () => {
      const launcher = start();
      await ready(launcher, SECOND_START_MS);
      expect(launcher.output()).not.toContain('password');
      launcher.child.kill('SIGKILL');
      await until('no process left', () => leftProcesses().length === 0, ENDED_WITHIN_MS);
    },
    LIMIT_MS,
  );

  it(
    'ends when npm is killed, and the next start waits for that end',
    async () => {
      const launcher = start({}, ['npm', 'start']);
      await ready(launcher, SECOND_START_MS);
      launcher.child.kill('SIGKILL');
      const next = start();
      await ready(next, SECOND_START_MS + ENDED_WITHIN_MS);
      expect(await healthy()).toBe(true);
      next.child.kill('SIGTERM');
      await next.exit;
      await until('no process left', () => leftProcesses().length === 0, ENDED_WITHIN_MS);
    },
    LIMIT_MS,
  );

  it(
    'stopped while it is still starting, leaves nothing',
    async () => {
      const launcher = start();
      await until('the first app', () => processOf('runner') > 0, READY_WITHIN_MS);
      launcher.child.kill('SIGINT');
      expect(await launcher.exit).toBe(0);
      expect(leftProcesses()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('saiban says in a sentence, and with a non-zero exit, that', () => {
  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['a setting is wrong', { PORT: 'http' }, 'PORT must be a whole number from 1 to 65535, not "http".'],
    [
      'the database of DATABASE_URL does not answer',
      { DATABASE_URL: 'postgresql://a:b@127.0.0.1:9/x' },
      'DATABASE_URL names',
    ],
    ['the Redis of REDIS_URL does not answer', { REDIS_URL: 'redis://127.0.0.1:9' }, 'REDIS_URL names a Redis'],
    ['the data folder cannot be made', { SAIBAN_DATA: '/dev/null/saiban' }, 'cannot write in /dev/null/saiban'],
  ])(
    '%s',
    async (_what, changes, sentence) => {
      const launcher = start(changes);
      expect(await launcher.exit).toBe(1);
      expect(launcher.output()).toContain(sentence);
      expect(launcher.output()).not.toContain('    at ');
    },
    LIMIT_MS,
  );

  it(
    'its port is in use, and by whom',
    async () => {
      const server = createServer().listen(0);
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const launcher = start({ PORT: String(port) });
      expect(await launcher.exit).toBe(1);
      expect(launcher.output()).toContain(`Port ${port} is in use by process ${process.pid} (`);
      await new Promise((resolve) => server.close(resolve));
    },
    LIMIT_MS,
  );

  it(
    'there is no such command',
    async () => {
      const launcher = start({}, [process.execPath, 'apps/launcher/bootstrap.mjs', 'stratr']);
      expect(await launcher.exit).toBe(2);
      expect(launcher.output()).toContain('Usage: saiban <command>');
    },
    LIMIT_MS,
  );

  it(
    'no site is there for the demo',
    async () => {
      const launcher = start({ PORT: '9', ADMIN_PASSWORD: 'not asked' }, [
        process.execPath,
        'apps/launcher/bootstrap.mjs',
        'demo',
      ]);
      expect(await launcher.exit).toBe(2);
      expect(launcher.output()).toContain('Nothing answers at http://127.0.0.1:9.');
    },
    LIMIT_MS,
  );
});
