import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RotatingLog } from './rotating-log.js';
import { spawnBound } from './spawn-bound.js';
import { type Program, Supervised } from './supervised.js';

const WAIT_MS = 20_000;
const LIMIT_MS = 60_000;

async function until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(20)) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
  }
  throw new Error(`Not within ${WAIT_MS} ms: ${what}`);
}

const alive = (id: number) => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

const node = (script: string): Promise<ChildProcess> =>
  spawnBound({ command: process.execPath, args: ['-e', script], cwd: '/', env: process.env, deathSignal: 'KILL' });

describe('a supervised program', () => {
  let folder: string;
  let said: string[];
  const started: { supervised: Supervised; log: RotatingLog }[] = [];
  const never = new AbortController().signal;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-supervised-'));
    said = [];
  });
  afterEach(async () => {
    for (const { supervised, log } of started.splice(0)) {
      await supervised.stop(AbortSignal.abort());
      log.close();
    }
    rmSync(folder, { recursive: true });
  });

  function supervise(script: string, changes: Partial<Program> = {}): Supervised {
    const log = new RotatingLog(path.join(folder, 'it.log'));
    const program: Program = {
      name: 'it',
      launch: () => node(script),
      stopSignal: 'SIGTERM',
      stopWithinMs: 5_000,
      killSignal: 'SIGKILL',
      echoErrors: true,
      ...changes,
    };
    const supervised = new Supervised(program, log, (line) => said.push(line));
    started.push({ supervised, log });
    supervised.start();
    return supervised;
  }

  const logged = () => readFileSync(path.join(folder, 'it.log'), 'utf8');

  it(
    'is started again after kill -9, and the screen and the log say so',
    async () => {
      const supervised = supervise('setInterval(() => {}, 1000)');
      const first = await until('a first process', () => supervised.pid);
      process.kill(first, 'SIGKILL');
      const second = await until('another process', () => supervised.pid !== first && supervised.pid);
      expect(alive(second)).toBe(true);
      expect(said).toEqual([expect.stringContaining('it was ended by SIGKILL; starting it again in 0.5 s')]);
      expect(logged()).toContain('it was ended by SIGKILL');
    },
    LIMIT_MS,
  );

  it(
    'is started ever more patiently when it dies at once',
    async () => {
      supervise('process.exit(3)');
      await until('three deaths', () => said.length >= 3);
      expect(said.map((line) => /exit code 3; starting it again in ([\d.]+) s/.exec(line)?.[1])).toEqual([
        '0.5',
        '1',
        '2',
      ]);
    },
    LIMIT_MS,
  );

  it(
    'is tried again when it cannot even be launched',
    async () => {
      let tries = 0;
      const supervised = supervise('', {
        launch: () =>
          ++tries === 1 ? Promise.reject(new Error('no such thing')) : node('setInterval(() => {}, 1000)'),
      });
      await until('a process', () => supervised.pid);
      expect(said).toEqual([expect.stringContaining('it did not start: no such thing')]);
    },
    LIMIT_MS,
  );

  it(
    'may end in order when it is stopped, and is not started again',
    async () => {
      const supervised = supervise(`
      console.log('up');
      process.on('SIGTERM', () => setTimeout(() => { console.log('leases released'); process.exit(0); }, 200));
      setInterval(() => {}, 1000);`);
      await until('its first line', () => logged().includes('up'));
      await supervised.stop(never);
      expect(logged()).toContain('leases released');
      expect(supervised.pid).toBeNull();
      expect(said).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is ended by force when it does not stop within its time',
    async () => {
      const supervised = supervise(`process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`, {
        stopWithinMs: 300,
      });
      await until('its first line', () => logged().includes('up'));
      const pid = supervised.pid ?? 0;
      await supervised.stop(never);
      expect(alive(pid)).toBe(false);
      expect(said).toEqual(['it did not stop within 0.3 s; ending it.']);
    },
    LIMIT_MS,
  );

  it(
    'is ended at once when stopping is hurried',
    async () => {
      const supervised = supervise(`process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`);
      await until('its first line', () => logged().includes('up'));
      const hurry = new AbortController();
      const stopped = supervised.stop(hurry.signal);
      const at = Date.now();
      hurry.abort();
      await stopped;
      expect(Date.now() - at).toBeLessThan(3_000);
      expect(supervised.pid).toBeNull();
    },
    LIMIT_MS,
  );

  it(
    'takes what it started with it when it dies',
    async () => {
      const supervised = supervise(`
      const { spawn } = require('node:child_process');
      console.log('grandchild ' + spawn('sleep', ['1000']).pid);
      setInterval(() => {}, 1000);`);
      const grandchild = Number(await until('the grandchild', () => /grandchild (\d+)/.exec(logged())?.[1]));
      process.kill(supervised.pid ?? 0, 'SIGKILL');
      await until('its end', () => !alive(grandchild));
    },
    LIMIT_MS,
  );

  it(
    'shows its errors on the terminal, but not without end',
    async () => {
      supervise(`for (let i = 0; i < 500; i++) console.error('trouble ' + i); setInterval(() => {}, 1000)`);
      await until('the last line', () => logged().includes('trouble 499'));
      expect(said[0]).toBe('[it] trouble 0');
      expect(said).toHaveLength(20);
      expect(said.at(-1)).toContain('more in');
    },
    LIMIT_MS,
  );
});

describe('a log', () => {
  it('never holds more than twice its bound', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-log-'));
    const log = new RotatingLog(path.join(folder, 'a.log'), 1_000);
    for (let i = 0; i < 100; i++) log.write(`${i}`.padEnd(99, '.') + '\n');
    log.close();
    const kept = readFileSync(path.join(folder, 'a.log.1'), 'utf8') + readFileSync(path.join(folder, 'a.log'), 'utf8');
    expect(kept.length).toBeLessThanOrEqual(2_000);
    expect(kept).toContain('99...');
    expect(kept).not.toContain('\n0...');
    rmSync(folder, { recursive: true });
  });
});
