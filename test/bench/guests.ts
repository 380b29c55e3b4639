/**
 * `npm run bench:guests`: what 200 guests of the paiza API do to judging. Judgements of ten test cases come one after the other
 * with pauses in which guests get their slot, in interleaved phases with and without guests. Compared is the p95 of a judgement.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { inlineInput } from '#libs/paiza/engine.js';
import { SupersetEngine } from '#libs/paiza/superset-engine.js';
import { startProbedRunner } from '../support/probed-runner.js';
import { median, progress, quantile, table } from './figures.js';

const { values } = parseArgs({
  options: {
    phases: { type: 'string', default: '4' },
    judgements: { type: 'string', default: '40' },
    guests: { type: 'string', default: '200' },
  },
});
const PHASES = Number(values.phases);
const JUDGEMENTS = Number(values.judgements);
const TEST_CASES = 10;
const PAUSE_MS = 150;
/** Until all guests have come. */
const GUESTS_SETTLE_MS = 2_500;
const MIB = 1024 * 1024;
const LIMITS = { hardCpuUs: 3_000_000, wallUs: 7_000_000, memoryBytes: 256 * MIB, stdoutBytes: 16 * MIB };
const A_PLUS_B = '#include <iostream>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << "\\n"; }\n';

const rates = { RATE_GUEST_BURST: '1000000', RATE_GUEST_PER_MINUTE: '1000000' };
const runner = await startProbedRunner({ SAIBAN_LANGUAGES: 'bash,c,cpp', ...rates });
const engine = new SupersetEngine(runner.url, runner.secret);
const { slots } = await engine.status();
const program = { language: 'cpp', source: Buffer.from(A_PLUS_B) };
const inputs = Array.from({ length: TEST_CASES }, (_, at) => inlineInput(Buffer.from(`${at} 3\n`)));

/** Milliseconds. */
async function judgement(): Promise<number> {
  const { signal } = new AbortController();
  const before = performance.now();
  await engine.build(program, signal);
  const waiting = [...inputs];
  const lane = async () => {
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
      const { status } = await engine.run(program, input, LIMITS, signal);
      if (status !== 'exited') throw new Error(`A run ended with ${status}.`);
    }
  };
  await Promise.all(Array.from({ length: slots }, lane));
  return performance.now() - before;
}

async function phase(): Promise<number[]> {
  const figures: number[] = [];
  for (let i = 0; i < JUDGEMENTS; i++) {
    figures.push(await judgement());
    await sleep(PAUSE_MS);
  }
  return figures;
}

async function withGuests<T>(work: () => Promise<T>): Promise<T> {
  const clients = new URL('guest-clients.js', import.meta.url).pathname;
  const guests = spawn(process.execPath, [clients, runner.url, values.guests], { stdio: 'inherit' });
  await sleep(GUESTS_SETTLE_MS);
  try {
    return await work();
  } finally {
    const gone = once(guests, 'exit');
    guests.kill();
    await gone;
  }
}

await phase();
const alone: number[] = [];
const beside: number[] = [];
for (let at = 0; at < PHASES; at++) {
  progress(`phase ${at + 1} of ${PHASES}: alone`);
  alone.push(...(await phase()));
  progress(`phase ${at + 1} of ${PHASES}: with ${values.guests} guests`);
  beside.push(...(await withGuests(phase)));
  // What they left runs to its end; the next phase is to be without.
  await sleep(13_000);
}
progress('');
const row = (name: string, figures: readonly number[]) => [
  name,
  median(figures).toFixed(1),
  quantile(figures, 0.95).toFixed(1),
  Math.max(...figures).toFixed(1),
];
console.log(
  table([
    ['ms per judgement', 'median', 'p95', 'longest'],
    row('alone', alone),
    row(`with ${values.guests} guests`, beside),
  ]),
);
const ratio = quantile(beside, 0.95) / quantile(alone, 0.95);
console.log(`\np95 with guests to p95 alone: ${ratio.toFixed(2)} (bound: 1.20)`);
await engine.close();
await runner.stop();
