import { monitorEventLoopDelay } from 'node:perf_hooks';
import { compare, type Comparison } from '../../apps/worker/src/judge/comparison/comparison.js';
import type { CheckerName } from '#libs/judging/checkers/index.js';

/**
 * 100 MB compared with 100 MB, each way of comparing once (or those checkers that are named), and how long the event loop
 * was held up meanwhile. Run it with --max-old-space-size=256. One line of JSON per check; test/e2e/comparison.spec.ts reads them.
 */
const BYTES = 100_000_000;
const never = new AbortController().signal;

const alike = (pattern: string, end: string) => Buffer.concat([Buffer.alloc(BYTES, pattern), Buffer.from(end)]);

/** Lines that are all different, so that nothing can be kept once for many. */
function distinctLines(upwards: boolean): Buffer {
  const line = 'XXXXXXXX\n'.length;
  const count = Math.floor(BYTES / line);
  const all = Buffer.alloc(count * line, '\n');
  for (let at = 0; at < count; at++)
    all.write(String(at).padStart(line - 1, '0'), (upwards ? at : count - 1 - at) * line, 'latin1');
  return all;
}

const checks: [CheckerName, what: string, output: () => Buffer, answer: () => Buffer][] = [
  ['exact', 'a difference in the last byte', () => alike('1\n', '2'), () => alike('1\n', '3')],
  ['lines', 'lines of one digit', () => alike('1 \n', ''), () => alike('1 \n', '')],
  ['tokens', 'tokens of one digit', () => alike('1\n', ''), () => alike('1 ', '')],
  ['floats', 'numbers written otherwise', () => alike('1.00\n', ''), () => alike('1.0 \n', '')],
  ['unordered-lines', '11 million different lines, backwards', () => distinctLines(true), () => distinctLines(false)],
];

const wanted = process.argv.slice(2);
for (const [checker, what, output, answer] of checks) {
  if (wanted.length > 0 && !wanted.includes(checker)) continue;
  const comparison: Comparison = { checker, output: output(), answer: answer(), options: {} };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const begun = performance.now();
  delay.enable();
  const { accepted } = await compare(comparison, never);
  delay.disable();
  const rounded = (ns: number) => Math.round(ns / 1e5) / 10;
  const figures = {
    seconds: Math.round(performance.now() - begun) / 1000,
    delayP99Ms: rounded(delay.percentile(99)),
    delayMaxMs: rounded(delay.max),
  };
  process.stdout.write(
    `${JSON.stringify({ checker, what, accepted, ...figures, rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20) })}\n`,
  );
}
