/**
 * `npm run bench:soak`: many runs in a row of C++, Java and Python over many artefacts, and what has grown meanwhile:
 * processes, memory and descriptors of the helpers, mounts, cgroups. Exits with 1 when something has.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxRun, Slot } from '../../apps/runner/src/sandbox/sandbox.js';
import { slotsOn } from '../../apps/runner/src/sandbox/slots.js';
import { out, TestSandbox } from '../support/sandbox.js';
import { progress, table } from './figures.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, artefacts: { type: 'string', default: '1000' } },
});
const RUNS = Number(values.runs);
const ARTEFACTS = Number(values.artefacts);
const MIB = 1024 * 1024;
/** Of cgroups, removed ones that the kernel still holds included. */
const GROUPS_MORE = 50;
const FILES_MORE = 8;
const MEMORY_MORE_KIB = 1024;

const CPP = '#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << "\\n"; }\n';
const JAVA =
  'public class Main { public static void main(String[] x) { var in = new java.util.Scanner(System.in); System.out.println(in.nextLong() + in.nextLong()); } }';
const PYTHON = 'print(sum(map(int, input().split())))\n';

const slots = slotsOn();
const box = await TestSandbox.open(slots);
const stdinPath = box.file('2 3\n');
const LIMITS = { memoryBytes: 256 * MIB, processes: 256, cpuTimeUs: 10_000_000, wallTimeUs: 20_000_000 };

/** Of a hundred runs: how many are of which language. Java and Python are slow, and what they leave is no different. */
const kinds = [
  { share: 85, source: 'main.cpp', build: ['g++', '-O2', '-o', 'main', 'main.cpp'], argv: ['./main'], program: CPP },
  {
    share: 5,
    source: 'Main.java',
    build: ['javac', 'Main.java'],
    argv: ['java', '-XX:+UseSerialGC', 'Main'],
    program: JAVA,
  },
  { share: 10, source: 'main.py', build: ['true'], argv: ['python3', 'main.py'], program: PYTHON },
];

/** Artefacts of one program that differ by a file: to the sandbox they are different programs. */
async function artefactsOf(kind: (typeof kinds)[number]): Promise<SandboxRun[]> {
  const count = Math.max(1, Math.round((ARTEFACTS * kind.share) / 100));
  const runs: SandboxRun[] = [];
  for (let i = 0; i < count; i++) {
    progress(`building ${kind.source} ${i + 1} of ${count}`);
    const packPath = box.newPath('pack');
    // Compiled once; the others start from what the first has left.
    const [first] = runs;
    const source = first?.packPath ?? box.pack([{ name: kind.source, content: Buffer.from(kind.program) }]);
    const argv = first ? ['sh', '-c', `echo ${i} > number`] : kind.build;
    const limits = { ...LIMITS, memoryBytes: 1024 * MIB };
    const built = await box.run('', { argv, packPath: source, collect: { packPath, required: null }, limits });
    if (built.collected !== 'collected')
      throw new Error(`${kind.source} does not build: ${built.stderr.inline.toString()}`);
    runs.push(box.asked('', { argv: kind.argv, packPath, stdinPath, limits: LIMITS }));
  }
  return runs;
}

interface Sizes {
  readonly processes: number;
  readonly memoryKib: number;
  readonly files: number;
  readonly mounts: number;
  readonly cgroups: number;
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
const withDescendants = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(withDescendants)];
const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n');

async function sizes(): Promise<Sizes> {
  const keepers = await Promise.all(slots.map(async (slot) => (await box.sandbox.helperPid(slot)) ?? 0));
  const pids = keepers.flatMap(withDescendants);
  const memory = (pid: number) =>
    Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
  return {
    processes: pids.length,
    memoryKib: sum(pids.map(memory)),
    files: sum(pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)),
    mounts: sum(pids.map((pid) => lines(`/proc/${pid}/mountinfo`).length)),
    cgroups: box.sandbox.tier.cgroup === 'v2' ? dyingV2() : groupsV1(),
  };
}

const groupsV1 = () => Number(/^memory\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/cgroups', 'utf8'))?.[1]);
const dyingV2 = () =>
  Number(/^nr_dying_descendants (\d+)/m.exec(readFileSync('/sys/fs/cgroup/cgroup.stat', 'utf8'))?.[1]);

const byKind: SandboxRun[][] = [];
for (const kind of kinds) byKind.push(await artefactsOf(kind));
const schedule = kinds.flatMap((kind, index) => Array.from({ length: kind.share }, () => index));
let done = 0;

async function work(slot: Slot, until: number): Promise<void> {
  while (done < until) {
    const number = done++;
    const runs = byKind[schedule[(number * 37) % schedule.length] ?? 0] ?? [];
    const outcome = await box.sandbox.run(slot, runs[number % runs.length] as SandboxRun, new AbortController().signal);
    if (outcome.status !== 'exited' || out(outcome) !== '5\n')
      throw new Error(`Run ${number} ended with ${outcome.status}: ${outcome.stderr.inline.toString()}`);
    if (number % 200 === 0) progress(`${number} of ${RUNS} runs`);
  }
}

/** Boxes that are over are taken down meanwhile. */
const settled = async () => {
  await sleep(2_000);
  return sizes();
};

await Promise.all(slots.map((slot) => work(slot, Math.min(RUNS / 10, 2_000))));
const before = await settled();
const started = performance.now();
await Promise.all(slots.map((slot) => work(slot, RUNS)));
const seconds = (performance.now() - started) / 1000;
const after = await settled();
progress('');
const names = Object.keys(before) as (keyof Sizes)[];
console.log(
  table([['', 'before', 'after'], ...names.map((name) => [name, String(before[name]), String(after[name])])]),
);
console.log(
  `\n${RUNS} runs over ${byKind.flat().length} artefacts in ${seconds.toFixed(0)} s on ${slots.length} slots`,
);
await box.close();
const allowed: Sizes = { processes: 0, memoryKib: MEMORY_MORE_KIB, files: FILES_MORE, mounts: 0, cgroups: GROUPS_MORE };
const grown = names.filter((name) => after[name] > before[name] + allowed[name]);
if (grown.length > 0) console.log(`GROWN: ${grown.join(', ')}`);
process.exitCode = grown.length > 0 ? 1 : 0;
