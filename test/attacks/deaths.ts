import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from './arena.js';
import type { Scenario } from './attack.js';
import { CHECKOUT } from './packs.js';
import { allProcesses, descendants, isForeignZombie, seen, type SeenProcess, UserSpaces } from './outside.js';

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
    const above = ancestors(await arena.waitForProgram(arena.slots[0]));
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

/** The program itself, by somebody outside who may: that is its own end, not ours. */
const programKilled: Scenario = {
  kind: 'scenario',
  name: 'the program is killed from outside',
  expected: 'signalled 9',
  async perform(arena) {
    const over = arena.see(arena.slots[0], arena.runOf('sleep'));
    const { pid } = await arena.waitForProgram(arena.slots[0]);
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
    const spaces = new UserSpaces();
    try {
      await untilItRuns(child, path.join(cacheFolder, 'native/'), spaces, START_MS * arena.timeScale);
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
      spaces.close();
      child.kill('SIGKILL');
      rmSync(cacheFolder, { recursive: true, force: true });
    }
  },
});

/** Until its program runs; notes the namespaces of its slot. */
async function untilItRuns(
  child: ChildProcess,
  helperFolder: string,
  spaces: UserSpaces,
  deadlineMs: number,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (Date.now() < end && child.exitCode === null) {
    const below = descendants(child.pid ?? -1);
    spaces.note(below);
    if (below.some((one) => spaces.has(one) && one.program !== '' && !one.program.startsWith(helperFolder))) return;
    await sleep(5);
  }
  throw new Error('The other judge runs no program.');
}

async function leftAfter(spaces: UserSpaces, ms: number): Promise<SeenProcess[]> {
  const end = Date.now() + ms;
  for (;;) {
    const left = allProcesses().filter((one) => spaces.has(one) && !isForeignZombie(one, []));
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
