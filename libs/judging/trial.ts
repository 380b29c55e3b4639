/**
 * How one free run ended: kept as `Trial.outcome`. `status` is what the sandbox saw, or `buildFailed`, or `fault` when we
 * could not run it. Figures are null when nothing ran.
 */
export interface TrialOutcome {
  readonly status:
    | 'exited'
    | 'signalled'
    | 'cpuTimeExceeded'
    | 'wallTimeExceeded'
    | 'memoryExceeded'
    | 'stdoutExceeded'
    | 'buildFailed'
    | 'fault';
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly cpuTimeUs: number | null;
  readonly wallTimeUs: number | null;
  readonly memoryPeakBytes: number | null;
  /** Of the whole output; what is kept may be cut. */
  readonly stdoutLength: number | null;
  /** For people. */
  readonly message?: string;
}
