import { assertNever } from '#libs/judging/assert-never.js';
import type { CheckResult } from '#libs/judging/checkers/index.js';
import type { RunLimits } from '#libs/judging/limits.js';
import type { RunVerdict } from '#libs/judging/verdict.js';
import type { RunOutcome } from '#libs/paiza/outcome.js';

export interface ClassifiedRun {
  readonly verdict: RunVerdict;
  /** For people; may quote output and answer. */
  readonly message: string | null;
}

/** Compares standard output with the answer, here or in a thread. */
type Check = (stdout: Buffer) => CheckResult | Promise<CheckResult>;

/** A runtime that runs out of heap exits by itself; near its limit that is the limit's doing. */
const HEAP_EXHAUSTED_FROM = 0.9;

/**
 * DESIGN.md, "One rule for the verdict of a run". What the sandbox saw becomes what the judge concludes; only a program
 * that ended well in time and memory is compared.
 */
export async function classifyRun(run: RunOutcome, limits: RunLimits, check: Check): Promise<ClassifiedRun> {
  // Before time and exit code: a program killed for memory also exits by a signal, and swaps time away first.
  if (memoryExceeded(run)) return { verdict: 'MLE', message: null };
  if (timeExceeded(run, limits)) return { verdict: 'TLE', message: null };
  if (run.status === 'stdoutExceeded') return { verdict: 'OLE', message: null };
  if (run.status === 'signalled') return { verdict: 'RTE', message: `Killed by signal ${run.signal ?? '?'}.` };
  if (run.status === 'exited') return checked(run, check);
  return assertNever(run.status as never);
}

const memoryExceeded = (run: RunOutcome) =>
  run.status === 'memoryExceeded' ||
  (run.heapExhausted && run.memoryPeakBytes >= HEAP_EXHAUSTED_FROM * run.memoryLimitBytes);

const timeExceeded = (run: RunOutcome, limits: RunLimits) =>
  run.status === 'cpuTimeExceeded' || run.status === 'wallTimeExceeded' || run.cpuTimeUs > limits.softCpuUs;

async function checked(run: RunOutcome, check: Check): Promise<ClassifiedRun> {
  // A right answer does not excuse a failing exit.
  if (run.exitCode !== 0) return { verdict: 'RTE', message: `Exit code ${run.exitCode ?? '?'}.` };
  const found = await check(run.stdout);
  return found.accepted ? { verdict: 'AC', message: null } : { verdict: 'WA', message: found.message };
}
