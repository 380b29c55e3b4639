/**
 * `npm run bench:sandbox`: what a run costs, measured in interleaved rounds so that a busy machine slows all alike. Compared
 * are the floor (bare fork, exec and wait in C), the sandbox from Node, Node's own child_process.spawn without any sandbox,
 * and one bubblewrap per run; for a trivial static program and a dynamic C++ A+B, on one slot and on two.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import path from 'node:path';
import { readConfig } from '#libs/config/config.js';
import { slotsOn } from '../../apps/runner/src/sandbox/slots.js';
import type { SandboxRun, Slot } from '../../apps/runner/src/sandbox/sandbox.js';
import { inTree } from '../../apps/runner/src/toolchain/in-tree.js';
import { openToolchain } from '../../apps/runner/src/toolchain/toolchain.js';
import { TestSandbox } from '../support/sandbox.js';
import { median, progress, quantile, table } from './figures.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '12' }, runs: { type: 'string', default: '100' } },
});
const ROUNDS = Number(values.rounds);
const RUNS = Number(values.runs);

const STATIC_PROGRAM = 'int main(void) { return 0; }\n';
const A_PLUS_B = '#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << "\\n"; }\n';

const treeRoot = openToolchain(readConfig()).root;
const slots = slotsOn();
const box = await TestSandbox.open(slots);
const workFolder = path.join(box.cacheFolder, 'bench');
mkdirSync(workFolder);
const inputPath = path.join(workFolder, 'input');
writeFileSync(inputPath, '2 3\n', { mode: 0o444 });

/** Compiles in the tree: the programs run there, and the static ones anywhere. */
async function compile(name: string, command: readonly string[]): Promise<string> {
  const made = await inTree(treeRoot, [...command, '-o', name], workFolder);
  if (made.code !== 0) throw new Error(made.stderr);
  return path.join(workFolder, name);
}

// npm runs scripts in the checkout.
copyFileSync('test/bench/floor.c', path.join(workFolder, 'floor.c'));
writeFileSync(path.join(workFolder, 'static.c'), STATIC_PROGRAM);
writeFileSync(path.join(workFolder, 'sum.cpp'), A_PLUS_B);
const floor = await compile('floor', ['gcc', '-O2', '-static', 'floor.c']);

interface Workload {
  readonly name: string;
  /** On the host, without a sandbox. */
  readonly hostCommand: readonly string[];
  readonly run: SandboxRun;
  readonly folder: string;
}

async function workload(name: string, command: readonly string[], loader: readonly string[]): Promise<Workload> {
  const folder = path.join(workFolder, `${name}.d`);
  mkdirSync(folder);
  const program = await compile(name, command);
  copyFileSync(program, path.join(folder, 'main'));
  const packPath = box.pack([{ name: 'main', content: readFileSync(program), executable: true }]);
  const run = box.asked('', { argv: ['./main'], packPath, stdinPath: inputPath });
  return { name, hostCommand: [...loader, program], run, folder };
}

// The tree's C library is newer than the host's, so the host runs the dynamic program by the tree's own loader.
const loader = [`${treeRoot}/lib64/ld-linux-x86-64.so.2`, '--library-path', `${treeRoot}/usr/lib/x86_64-linux-gnu`];
const workloads = [
  await workload('static', ['gcc', '-O2', '-static', 'static.c'], []),
  await workload('sum', ['g++', '-O2', 'sum.cpp'], loader),
];

/** Microseconds of each of `runs` runs, one after the other. */
type Way = (work: Workload, slot: Slot, runs: number) => Promise<number[]>;

const runFloor: Way = async (work, _slot, runs) => {
  const child = spawn(floor, [String(runs), inputPath, ...work.hostCommand], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`The floor ended with ${code}.`);
  return said.trim().split('\n').map(Number);
};

async function timed(runs: number, run: () => Promise<void>): Promise<number[]> {
  const figures: number[] = [];
  for (let i = 0; i < runs; i++) {
    const before = performance.now();
    await run();
    figures.push((performance.now() - before) * 1000);
  }
  return figures;
}

const runSandbox: Way = (work, slot, runs) =>
  timed(runs, async () => {
    const outcome = await box.sandbox.run(slot, work.run, new AbortController().signal);
    if (outcome.status !== 'exited' || outcome.exitCode !== 0) throw new Error(`It ended with ${outcome.status}.`);
  });

const spawned = (command: readonly string[]) => async (): Promise<void> => {
  const input = openSync(inputPath, 'r');
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: [input, 'pipe', 'pipe'] });
  child.stdout?.resume();
  child.stderr?.resume();
  const [code] = (await once(child, 'close')) as [number];
  closeSync(input);
  if (code !== 0) throw new Error(`${program} ended with ${code}.`);
};

const runSpawn: Way = (work, _slot, runs) => timed(runs, spawned(work.hostCommand));

const runBubblewrap: Way = (work, _slot, runs) => {
  const binds = ['--ro-bind', treeRoot, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
  const folder = ['--ro-bind', work.folder, '/box', '--chdir', '/box'];
  // It is many times slower: a tenth of the runs says enough.
  return timed(
    Math.ceil(runs / 10),
    spawned(['bwrap', '--unshare-all', '--die-with-parent', ...binds, ...folder, './main']),
  );
};

const ways = { floor: runFloor, sandbox: runSandbox, spawn: runSpawn, bubblewrap: runBubblewrap };

interface Measured {
  readonly us: number[];
  /** Of each round. */
  readonly perSecond: number[];
}

async function measure(work: Workload, used: readonly Slot[]): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>(Object.keys(ways).map((name) => [name, { us: [], perSecond: [] }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      progress(`${work.name}, ${used.length} slots, round ${round + 1} of ${ROUNDS}: ${name}`);
      const before = performance.now();
      const figures = (await Promise.all(used.map((slot) => way(work, slot, RUNS)))).flat();
      measured.get(name)?.us.push(...figures);
      measured.get(name)?.perSecond.push((figures.length * 1000) / (performance.now() - before));
    }
  }
  return measured;
}

async function cancelMs(): Promise<number[]> {
  const figures: number[] = [];
  for (let i = 0; i < 50; i++) {
    const cancel = new AbortController();
    const run = box.run('while :; do :; done', {}, cancel.signal).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = performance.now();
    cancel.abort(new Error('cancelled'));
    await run;
    figures.push(performance.now() - before);
  }
  return figures;
}

const rows = [['µs per run', 'slots', 'median', 'p90', 'over floor', 'runs/s', 'of spawn']];
for (const work of workloads) {
  for (const used of [slots.slice(0, 1), slots]) {
    const measured = await measure(work, used);
    const ofFloor = median(measured.get('floor')?.us ?? []);
    const ofSpawn = median(measured.get('spawn')?.perSecond ?? []);
    for (const [name, { us, perSecond }] of measured) {
      rows.push([
        `${work.name}: ${name}`,
        String(used.length),
        median(us).toFixed(0),
        quantile(us, 0.9).toFixed(0),
        `+${(median(us) - ofFloor).toFixed(0)}`,
        median(perSecond).toFixed(0),
        `${(median(perSecond) / ofSpawn).toFixed(2)}x`,
      ]);
    }
  }
}
progress('');
console.log(table(rows));
const cancels = await cancelMs();
console.log(`\ncancel to dead: median ${median(cancels).toFixed(1)} ms, longest ${Math.max(...cancels).toFixed(1)} ms`);
await box.close();
