import { type CheckerOptions, isCheckerName } from '#libs/judging/checkers/index.js';
import type { RunLimits } from '#libs/judging/limits.js';
import type { Engine, Program } from '#libs/paiza/engine.js';
import type { RunOutcome } from '#libs/paiza/outcome.js';
import { classifyRun } from './classify-run.js';
import { compare } from './comparison/comparison.js';
import type { NewRun, TestCaseRow } from './judgement.repository.js';
import type { TestFiles } from './test-files.js';

/** What people can look at later; the rest of an output is not kept. */
const KEPT_OUTPUT_BYTES = 64 * 1024;
const KEPT_STDERR_BYTES = 4 * 1024;

/** What all test cases of a judgement share. */
export interface JudgingContext {
  readonly program: Program;
  readonly limits: RunLimits;
  readonly checker: string;
  readonly checkerOptions: CheckerOptions;
}

export interface JudgedTestCase {
  readonly run: NewRun;
  readonly approximate: boolean;
}

/** One paiza run, classified and compared. Throws RunnerUnavailable, RunnerFault, or the signal's reason. */
export async function runTestCase(
  engine: Engine,
  files: TestFiles,
  context: JudgingContext,
  testCase: TestCaseRow,
  signal: AbortSignal,
): Promise<JudgedTestCase> {
  const { checker, checkerOptions, limits, program } = context;
  if (!isCheckerName(checker)) throw new Error(`The revision names a checker that does not exist: ${checker}.`);
  const [outcome, answer] = await Promise.all([
    engine.run(program, files.input(testCase.inputDigest), limits, signal),
    files.answer(testCase.answerDigest),
  ]);
  const classified = await classifyRun(outcome, limits, (stdout) =>
    compare({ checker, output: stdout, answer, options: checkerOptions }, signal),
  );
  return { run: newRun(testCase, outcome, classified), approximate: outcome.approximate };
}

function newRun(testCase: TestCaseRow, outcome: RunOutcome, classified: Pick<NewRun, 'verdict' | 'message'>): NewRun {
  return {
    testCaseId: testCase.id,
    ordinal: testCase.ordinal,
    ...classified,
    cpuTimeUs: outcome.cpuTimeUs,
    wallTimeUs: outcome.wallTimeUs,
    memoryPeakBytes: outcome.memoryPeakBytes,
    exitCode: outcome.exitCode,
    signal: outcome.signal,
    // Of a secret test case nobody looks at the output.
    stdout: testCase.sample ? outcome.stdout.subarray(0, KEPT_OUTPUT_BYTES) : null,
    stderr: outcome.stderr.length > 0 ? outcome.stderr.subarray(0, KEPT_STDERR_BYTES) : null,
  };
}
