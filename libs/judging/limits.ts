/** What a problem allows. */
export interface ProblemLimits {
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
  readonly outputLimitBytes: number;
}

/** What the sandbox is told, for one run. */
export interface RunLimits {
  /** Used CPU time over this is TLE. */
  readonly softCpuUs: number;
  /** Killed here, so that the time shown is the time used. */
  readonly hardCpuUs: number;
  readonly wallUs: number;
  readonly memoryBytes: number;
  readonly stdoutBytes: number;
}

export const DEFAULT_OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

/** DESIGN.md, "One rule for the verdict of a run". */
export function runLimits(problem: ProblemLimits): RunLimits {
  const softCpuUs = problem.timeLimitMs * 1000;
  const hardCpuUs = softCpuUs + Math.max(1_000_000, Math.ceil(softCpuUs / 10));
  return {
    softCpuUs,
    hardCpuUs,
    wallUs: 2 * hardCpuUs + 1_000_000,
    memoryBytes: problem.memoryLimitBytes,
    stdoutBytes: problem.outputLimitBytes,
  };
}

/** The output limit of a revision: at least twice its longest answer, so that a right answer always fits. */
export function outputLimitBytes(wantedBytes: number | undefined, longestAnswerBytes: number): number {
  return Math.max(wantedBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES, 2 * longestAnswerBytes);
}
