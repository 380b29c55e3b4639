/**
 * `npm run bench:runner`: what judging costs through the runner's HTTP API. A+B in C++ with 50 test cases, as a worker sends
 * it, against a bare loop of fork, exec and wait in C on the same cores, in interleaved rounds so that a busy machine slows
 * both alike; then 200 clients at once; and the runner's memory before and after.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '#libs/config/config.js';
import { inlineInput } from '#libs/paiza/engine.js';
import { SupersetEngine } from '#libs/paiza/superset-engine.js';
import { slotsOn } from '../../apps/runner/src/sandbox/slots.js';
import { inTree } from '../../apps/runner/src/toolchain/in-tree.js';
import { openToolchain } from '../../apps/runner/src/toolchain/toolchain.js';
import { startProbedRunner } from '../support/probed-runner.js';
import { median, progress, quantile, table } from './figures.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(values.rounds);
const TEST_CASES = 50;
const CLIENTS = 200;
const MIB = 1024 * 1024;
const LIMITS = { hardCpuUs: 3_000_000, wallUs: 7_000_000, memoryBytes: 256 * MIB, stdoutBytes: 16 * MIB };
const A_PLUS_B = '#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << "\\n"; }\n';

const treeRoot = openToolchain(readConfig()).root;
const slots = slotsOn();
const workFolder = mkdtempSync(path.join(os.tmpdir(), 'saiban-bench-'));
const inputPath = path.join(workFolder, 'input');
writeFileSync(inputPath, '2 3\n');

async function compile(name: string, command: readonly string[]): Promise<string> {
  const made = await inTree(treeRoot, [...command, '-o', name], workFolder);
  if (made.code !== 0) throw new Error(made.stderr);
  return path.join(workFolder, name);
}

// npm runs scripts in the checkout.
copyFileSync('test/bench/floor.c', path.join(workFolder, 'floor.c'));
writeFileSync(path.join(workFolder, 'sum.cpp'), A_PLUS_B);
const floor = await compile('floor', ['gcc', '-O2', '-static', 'floor.c']);
const sum = await compile('sum', ['g++', '-O2', '-std=gnu++20', 'sum.cpp']);
// The tree's C library is newer than the host's, so the host runs the program by the tree's own loader.
const loader = [`${treeRoot}/lib64/ld-linux-x86-64.so.2`, '--library-path', `${treeRoot}/usr/lib/x86_64-linux-gnu`];

const runner = await startProbedRunner({ SAIBAN_LANGUAGES: 'c,cpp' });
const engine = new SupersetEngine(runner.url, runner.secret);
const program = { language: 'cpp', source: Buffer.from(A_PLUS_B) };
const inputs = Array.from({ length: TEST_CASES }, (_, at) => inlineInput(Buffer.from(`${at} 3\n`)));

/** Milliseconds of `work`. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** The bare loop: as many programs as there are test cases, shared out over the cores. */
async function bare(lanes: number): Promise<void> {
  const loops = slots.slice(0, lanes).map(async ({ core }) => {
    const command = ['-c', String(core), floor, String(TEST_CASES / lanes), inputPath, ...loader, sum];
    const child = spawn('taskset', command, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`The bare loop ended with ${code}.`);
  });
  await Promise.all(loops);
}

/** As a worker does: so many test cases at a time. */
async function judged(lanes: number): Promise<void> {
  const { signal } = new AbortController();
  await engine.build(program, signal);
  const waiting = inputs.map((input, at) => ({ input, answer: `${at + 3}\n` }));
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { status, stdout } = await engine.run(program, next.input, LIMITS, signal);
      if (status !== 'exited' || stdout.toString() !== next.answer) throw new Error(`${status}: ${stdout.toString()}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const first = await timed(() => judged(slots.length));
const again = await runner.run({ language: 'cpp', source: A_PLUS_B, input: Buffer.from('2 3\n') });
if (!again.build?.cached) throw new Error('The same source was built again.');
const memoryBefore = (await runner.report()).rssBytes;

const rows = [['ms per test case', 'slots', 'bare', 'runner', 'more', 'least more', 'ratio']];
let worst = -Infinity;
for (const lanes of new Set([1, slots.length])) {
  const figures: { bare: number; runner: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    progress(`${lanes} slots, round ${round + 1} of ${ROUNDS}`);
    figures.push({
      bare: (await timed(() => bare(lanes))) / TEST_CASES,
      runner: (await timed(() => judged(lanes))) / TEST_CASES,
    });
  }
  const of = (pick: (one: (typeof figures)[number]) => number) => figures.map(pick);
  const more = of((one) => one.runner - one.bare);
  worst = Math.max(worst, median(more));
  rows.push([
    'C++ A+B, 50 test cases',
    String(lanes),
    median(of((one) => one.bare)).toFixed(2),
    median(of((one) => one.runner)).toFixed(2),
    `+${median(more).toFixed(2)}`,
    `+${Math.min(...more).toFixed(2)}`,
    `${median(of((one) => one.runner / one.bare)).toFixed(2)}x`,
  ]);
}
progress('');
console.log(table(rows));
console.log(`\nfirst time, with the build: ${first.toFixed(0)} ms; the same source again: no build`);

const waits: number[] = [];
const client = async () => {
  waits.push(
    await timed(() =>
      engine.run(program, inputs[0] ?? inlineInput(Buffer.alloc(0)), LIMITS, new AbortController().signal),
    ),
  );
};
await runner.report();
const all = await timed(() => Promise.all(Array.from({ length: CLIENTS }, client)));
const { p99Ms, rssBytes } = await runner.report();
console.log(
  `${CLIENTS} clients at once: ${((CLIENTS * 1000) / all).toFixed(0)} requests/s, ` +
    `median wait ${median(waits).toFixed(0)} ms, p99 ${quantile(waits, 0.99).toFixed(0)} ms, longest ${Math.max(...waits).toFixed(0)} ms, ` +
    `event loop p99 ${p99Ms.toFixed(1)} ms`,
);
console.log(
  `memory of the runner: ${(memoryBefore / MIB).toFixed(0)} MiB before, ${(rssBytes / MIB).toFixed(0)} MiB after`,
);
console.log(`over the bare loop at the median: ${worst.toFixed(2)} ms per test case (bound: 1.50)`);

await engine.close();
await runner.stop();
rmSync(workFolder, { recursive: true });
