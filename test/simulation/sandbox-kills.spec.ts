import { jest } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupersetLimits, SupersetRun } from '#libs/paiza/superset.js';
import { until } from '../support/child.js';
import { startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(300_000);

// Chaos: for a minute, at random and under load, the runner and the processes of its sandbox are killed. Every run ends right
// or as a fault of ours, which the asker may try again; no figure is wrong, and nobody is left behind.

const SEED = 20_261_125;
const LEAST_MS = 60_000;
/** On a slow machine it takes longer until enough has happened to prove anything. */
const MOST_MS = 200_000;
const ASKERS = 4;
const MIB = 1024 * 1024;

/** xorshift32: the same kills in each run of the test, as far as the machine's timing lets it. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Task {
  readonly name: string;
  readonly source: string;
  readonly limits?: Partial<SupersetLimits>;
  /** What is wrong with the outcome; null when it is right. */
  readonly wrong: (run: SupersetRun, output: string) => string | null;
}

const is = (run: SupersetRun, status: SupersetRun['status']) => (run.status === status ? null : `not ${status}`);

const tasks: readonly Task[] = [
  {
    name: 'sum',
    source: 'print(sum(map(int, input().split())))',
    wrong: (run, output) => is(run, 'exited') ?? (output === '42\n' && run.exit_code === 0 ? null : 'another sum'),
  },
  {
    name: 'burn',
    source: 'import time\nwhile time.process_time() < 0.3: pass\nprint("burnt")',
    wrong: (run, output) =>
      is(run, 'exited') ??
      (output === 'burnt\n' && run.cpu_time_us >= 300_000 && run.cpu_time_us < 1_500_000 ? null : 'another time'),
  },
  { name: 'exit', source: 'exit(3)', wrong: (run) => (run.exit_code === 3 ? null : 'another exit code') },
  {
    name: 'hog',
    source: 'x = []\nwhile True: x.append(bytearray(1 << 20))',
    limits: { memory_bytes: 64 * MIB },
    wrong: (run) => is(run, 'memoryExceeded') ?? (run.memory_peak_bytes > 60 * MIB ? null : 'another peak'),
  },
  {
    name: 'spin',
    source: 'while True: pass',
    limits: { cpu_time_us: 400_000, wall_time_us: 10_000_000 },
    wrong: (run) => is(run, 'cpuTimeExceeded') ?? (run.cpu_time_us >= 400_000 ? null : 'killed too early'),
  },
  {
    name: 'flood',
    source: 'import sys\nwhile True: sys.stdout.write("x" * 65536)',
    limits: { stdout_bytes: 3 * MIB },
    wrong: (run) => is(run, 'stdoutExceeded') ?? (run.stdout.length === 3 * MIB ? null : 'another length'),
  },
];

const input = Buffer.from('40 2\n');

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};
const descendantsOf = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** Of this runner, dead or alive: its helpers by their program, what they run by its cgroup. */
function leftovers(runner: TestRunner, runnerPids: ReadonlySet<number>): string[] {
  const groups = [...runnerPids].map((pid) => `/saiban-${pid}/`);
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const cgroup = read(`/proc/${pid}/cgroup`);
      return (
        read(`/proc/${pid}/cmdline`).startsWith(runner.dataFolder) || groups.some((group) => cgroup.includes(group))
      );
    });
}

it('gives right outcomes or faults, whoever is killed, and leaves nobody behind', async () => {
  const dice = random(SEED);
  const runner = await startRunner();
  const runnerPids = new Set([runner.child.pid]);
  const ended = { right: 0, faults: 0, kills: { runner: 0, sandbox: 0 } };
  const wrong: string[] = [];
  const started = Date.now();
  const isEnough = () => ended.right > 50 && ended.kills.sandbox > 20 && ended.kills.runner > 1 && ended.faults > 0;
  const goesOn = () => Date.now() - started < (isEnough() ? LEAST_MS : MOST_MS);

  const ask = async (number: number): Promise<void> => {
    for (let turn = number; goesOn(); turn++) {
      const task = tasks[turn % tasks.length] as Task;
      try {
        const { run } = await runner.run({
          language: 'python3',
          source: task.source,
          input,
          limits: task.limits ?? {},
        });
        if (!run) {
          // A fault, or a language that is in test again: ours to repeat.
          ended.faults++;
          await sleep(50);
          continue;
        }
        const what = task.wrong(run, Buffer.from(run.stdout.base64 ?? '', 'base64').toString());
        if (what === null) ended.right++;
        else wrong.push(`${task.name}: ${what}: ${JSON.stringify(run)}`);
      } catch {
        // The connection broke with the runner.
        ended.faults++;
        await sleep(50);
      }
    }
  };

  const kill = async (): Promise<void> => {
    while (goesOn()) {
      await sleep(200 + dice() * 800);
      if (dice() < 0.08) {
        await runner.child.end('SIGKILL');
        runner.child.start();
        runnerPids.add(runner.child.pid);
        ended.kills.runner++;
        continue;
      }
      const all = descendantsOf(runner.child.pid);
      const victim = all[Math.floor(dice() * all.length)];
      if (victim === undefined) continue;
      try {
        // A program that is killed from outside ends by a signal, rightly so.
        if (readFileSync(`/proc/${victim}/comm`, 'latin1').startsWith('python3')) continue;
        process.kill(victim, 'SIGKILL');
        ended.kills.sandbox++;
      } catch {
        // It is gone by now.
      }
    }
  };

  try {
    await Promise.all([...Array.from({ length: ASKERS }, (_, number) => ask(number)), kill()]);
    expect({ seed: SEED, wrong }).toEqual({ seed: SEED, wrong: [] });
    // That a lot has happened is part of the proof.
    expect({ ...ended, isEnough: isEnough() }).toEqual({ ...ended, isEnough: true });
    await runner.ready();
    // The last kill may not have been noticed before the first of these runs.
    await until('a run that is well', 20_000, async () => {
      const { run } = await runner.run({ language: 'python3', source: 'print("well")' });
      return run?.status === 'exited' && run.exit_code === 0;
    });
  } finally {
    await runner.stop();
  }
  await until('the end of everybody', 10_000, async () => leftovers(runner, runnerPids).length === 0);
});
