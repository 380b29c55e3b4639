/**
 * How one free run ended, as it stands in `Trial.outcome`. Build output, stdout and stderr are bytes and have columns of
 * their own, each cut at the worker's cap.
 */
export interface TrialOutcome {
  /** What the sandbox saw, or that the build failed, or that judging failed through a fault of ours. */
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
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  readonly memoryPeakBytes: number;
  /** Bytes of standard output that the program wrote, before the cut. */
  readonly stdoutLength: number;
  /** For people, when there is more to say than the status does. */
  readonly message?: string;
}
