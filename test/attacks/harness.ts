import type { Layer } from '../../apps/runner/src/sandbox/sandbox.js';
import { Arena, type ArenaOptions } from './arena.js';
import type { Attack } from './attack.js';
import type { SeenProcess } from './outside.js';
import { perform } from './perform.js';

/** The next run of the slot must be over by then, before the time scale. */
const NEXT_RUN_MS = 1000;
const PROCESSES_GONE_MS = 500;
/** Of the attacks that are no single run; they choose while they go on. */
const SCENARIO_PROGRAMS = [
  'daemon',
  'deaf',
  'deep-folders',
  'flood',
  'fork-bomb',
  'kill-all',
  'memory',
  'names',
  'pair',
  'sleep',
];
const CLEAN = 'tmp 0 shm 0 segments 0 write 1\n';

/** What became of one attack. Red when anything is wrong. */
export interface Row {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
  readonly witness: string;
  readonly ms: number;
  readonly wrong: readonly string[];
}

export interface HarnessOptions extends ArenaOptions {
  readonly attacks: readonly Attack[];
  readonly onRow?: (row: Row) => void;
}

/** Performs them one after the other, each with everything around it watched. Throws when there is no sandbox. */
export async function performAll(options: HarnessOptions): Promise<Row[]> {
  const arena = await Arena.open(options);
  try {
    await arena.prepare(programsOf(options.attacks));
    const rows: Row[] = [];
    for (const attack of options.attacks) {
      const row = await performOne(arena, attack);
      rows.push(row);
      options.onRow?.(row);
    }
    return rows;
  } finally {
    await arena.close();
  }
}

/** What they need to be built. */
export const programsOf = (attacks: readonly Attack[]): ReadonlySet<string> =>
  new Set(attacks.flatMap((attack) => (attack.kind === 'run' ? [attack.program] : SCENARIO_PROGRAMS)));

export async function performOne(arena: Arena, attack: Attack): Promise<Row> {
  const begun = performance.now();
  const neighbour = attack.takesBothSlots ? null : new Neighbour(arena);
  const wrong: string[] = [];
  let got = 'nothing';
  let witness = '';
  try {
    await neighbour?.started;
    const sight = await perform(arena, attack);
    ({ got, witness } = sight);
    wrong.push(...sight.wrong);
  } catch (error) {
    wrong.push(`it threw ${String(error)}`);
  }
  wrong.push(...((await neighbour?.stop()) ?? []));
  for (const slot of attack.takesBothSlots ? arena.slots : [arena.slots[0]])
    wrong.push(...(await nextRun(arena, slot)));
  wrong.push(...(await arena.harm(await processesLeft(arena))));
  return { name: attack.name, expected: expectedOf(attack), got, witness, ms: performance.now() - begun, wrong };
}

function expectedOf(attack: Attack): string {
  return attack.kind === 'scenario' ? attack.expected : [attack.end].flat().join(' or ');
}

/** What the run in the other slot computes; see programs/neighbour.c. */
function neighbourSum(): number {
  let sum = 0;
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 200_000; i++) sum = (Math.imul(sum, 31) + i) >>> 0;
  }
  return sum;
}
const NEIGHBOUR_SAYS = `sum ${neighbourSum()}\n`;

/** Honest runs in the other slot, one after the other, as long as an attack goes on. */
class Neighbour {
  private stopped = false;
  private readonly wrong: string[] = [];
  private readonly over: Promise<void>;
  /** The first one is on its way. */
  readonly started: Promise<void>;

  constructor(private readonly arena: Arena) {
    const first = this.runOnce();
    this.started = Promise.race([first, new Promise<void>((resolve) => setImmediate(resolve))]);
    this.over = first.then(() => this.goOn());
  }

  /** What went wrong in any of them. */
  async stop(): Promise<string[]> {
    this.stopped = true;
    await this.over;
    return this.wrong;
  }

  private async goOn(): Promise<void> {
    while (!this.stopped && this.wrong.length === 0) await this.runOnce();
  }

  private async runOnce(): Promise<void> {
    try {
      const { end, stdout, fault } = await this.arena.see(this.arena.slots[1], this.arena.runOf('neighbour'));
      const said = stdout.toString();
      if (end !== 'exited 0' || said !== NEIGHBOUR_SAYS)
        this.wrong.push(`the neighbour: ${end} ${said.trim()} ${fault}`);
    } catch (error) {
      this.wrong.push(`the neighbour: ${String(error)}`);
    }
  }
}

/** The slot must serve at once, and show nothing of the last run. */
async function nextRun(arena: Arena, slot: { index: number; core: number }): Promise<string[]> {
  const begun = performance.now();
  try {
    const { end, stdout, fault } = await arena.see(slot, arena.runOf('next'));
    const took = performance.now() - begun;
    const said = stdout.toString();
    return [
      ...(end === 'exited 0' && said === CLEAN ? [] : [`the next run: ${end} ${said.trim()} ${fault}`]),
      ...(took <= NEXT_RUN_MS * arena.timeScale ? [] : [`the next run took ${Math.round(took)} ms`]),
    ];
  } catch (error) {
    return [`the next run: ${String(error)}`];
  }
}

/** The kernel may still be taking them down, but not for long. */
async function processesLeft(arena: Arena): Promise<SeenProcess[]> {
  const end = Date.now() + PROCESSES_GONE_MS * arena.timeScale;
  for (;;) {
    const left = arena.leftProcesses();
    if (left.length === 0 || Date.now() >= end) return left;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Those that a layer keeps from harm: without it they must turn red. */
export const dependingOn = (layer: Layer, attacks: readonly Attack[]) =>
  attacks.filter((attack) => attack.redWithout?.includes(layer));
