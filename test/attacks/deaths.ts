import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, type Arena } from './arena.js';
import type { Scenario } from './attack.js';
import { CHECKOUT } from './packs.js';
import { allProcesses, descendants, ownUserSpace, seen, type SeenProcess } from './outside.js';

/** All that was in a slot is gone so soon after its helper, before the time scale. */
const GONE_MS = 1000;
const START_MS = 30_000;

/** From the program's parent up to the keeper, which is our child. */
function ancestors(program: SeenProcess): SeenProcess[] {
  const above: SeenProcess[] = [];
  for (let one = seen(program.parent); one !== null && one.pid !== process.pid && one.pid > 1; one = seen(one.parent))
    above.push(one);
  return above;
}

/** Each of ours on the way from the keeper to the program, killed from outside in the middle of a run. */
const killing = (
  who: 'the keeper' | 'the zygote' | 'init',
  program: string,
  words: readonly string[] = [],
): Scenario => ({
  kind: 'scenario',
  name: `${who} is killed while ${program === 'sleep' ? 'a program sleeps' : 'a bomb goes off'}`,
  expected: 'fault',
  async perform(arena) {
    const over = arena.see(arena.slots[0], arena.runOf(program, words));
    const running = await arena.waitForProgram();
    const child = await childOfInit(arena, running);
    const above = ancestors(child);
    const victim = above[{ init: 0, 'the zygote': 1, 'the keeper': 2 }[who]];
    if (above.length !== 3 || !victim)
      return { got: 'nothing', witness: '', wrong: [`above the program are ${above.length}`] };
    const begun = performance.now();
    endProcess(victim.pid);
    const { end, fault } = await over;
    const took = performance.now() - begun;
    return {
      got: end,
      witness: `${who} killed: ${fault}`,
      wrong: [
        ...(end === 'fault' ? [] : [`it ended ${end}`]),
        ...(took <= GONE_MS * arena.timeScale ? [] : [`it took ${Math.round(took)} ms to notice`]),
      ],
    };
  },
});

/** The first of its processes: a bomb's others may have lost their parents. */
async function childOfInit(arena: Arena, running: SeenProcess): Promise<SeenProcess> {
  for (let one: SeenProcess | null = running; one !== null; one = seen(one.parent)) {
    const parent = seen(one.parent);
    if (parent !== null && parent.program.startsWith(arena.cacheFolder)) return one;
  }
  await sleep(0);
  return running;
}

/** The program itself, by somebody outside who may: that is its own end, not ours. */
const programKilled: Scenario = {
  kind: 'scenario',
  name: 'the program is killed from outside',
  expected: 'signalled 9',
  async perform(arena) {
    const over = arena.see(arena.slots[0], arena.runOf('sleep'));
    const { pid } = await arena.waitForProgram();
    endProcess(pid);
    const { end, stdout } = await over;
    return { got: end, witness: stdout.toString().trim(), wrong: end === this.expected ? [] : [`it ended ${end}`] };
  },
};

/** A judge of its own, in a process of its own, killed while its program leaves daemons: the kernel ends all of it. */
const judgeKilled = (name: string, program: string, words: readonly string[]): Scenario => ({
  kind: 'scenario',
  name,
  expected: 'nothing left',
  async perform(arena) {
    const cacheFolder = mkdtempSync(path.join(os.tmpdir(), 'saiban-attacked-judge-'));
    const packs = path.join(cacheFolder, 'packs');
    cpSync(path.join(arena.cacheFolder, 'native'), path.join(cacheFolder, 'native'), { recursive: true });
    mkdirSync(packs);
    cpSync(arena.packs.program(program).packPath, path.join(packs, 'program.pack'));
    const run = arena.runOf(program, words);
    const script = path.join(CHECKOUT, 'dist/test/attacks/attacked-judge.js');
    const child = spawn(
      process.execPath,
      [script, JSON.stringify({ treeRoot: arena.treeRoot, cacheFolder, argv: run.argv, limits: run.limits })],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    try {
      const spaces = await spacesOf(child, cacheFolder, arena);
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      const left = await leftAfter(spaces, GONE_MS * arena.timeScale);
      return {
        got: left.length === 0 ? 'nothing left' : `${left.length} processes left`,
        witness: `a program of it was seen in ${spaces.size} user namespace`,
        wrong: left.map((one) => `process ${one.pid} ${one.name} is left`),
      };
    } finally {
      child.kill('SIGKILL');
      rmSync(cacheFolder, { recursive: true, force: true });
    }
  },
});

/** Of its slots, once its program runs. */
async function spacesOf(child: ChildProcess, cacheFolder: string, arena: Arena): Promise<Set<string>> {
  const own = ownUserSpace();
  const end = Date.now() + START_MS * arena.timeScale;
  while (Date.now() < end && child.exitCode === null) {
    const inside = descendants(child.pid ?? -1).filter((one) => one.userSpace !== own && one.userSpace !== '');
    if (inside.some((one) => !one.program.startsWith(cacheFolder))) return new Set(inside.map((one) => one.userSpace));
    await sleep(5);
  }
  throw new Error('The other judge runs no program.');
}

async function leftAfter(spaces: ReadonlySet<string>, ms: number): Promise<SeenProcess[]> {
  const end = Date.now() + ms;
  for (;;) {
    const left = allProcesses().filter((one) => spaces.has(one.userSpace));
    if (left.length === 0 || Date.now() >= end) return left;
    await sleep(5);
  }
}

export const deaths: readonly Scenario[] = [
  killing('the keeper', 'sleep'),
  killing('the zygote', 'sleep'),
  killing('init', 'sleep'),
  killing('the keeper', 'fork-bomb', ['plain']),
  killing('init', 'fork-bomb', ['plain']),
  programKilled,
  judgeKilled('the judge is killed while a program sleeps', 'sleep', []),
  judgeKilled('the judge is killed while a bomb goes off', 'fork-bomb', ['sessions']),
];
