/** What the sandbox saw of one process, which is not yet what the judge concludes. The first cause counts. */
export type RunStatus =
  'exited' | 'signalled' | 'cpuTimeExceeded' | 'wallTimeExceeded' | 'memoryExceeded' | 'stdoutExceeded';

export interface RunOutcome {
  readonly status: RunStatus;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  readonly memoryPeakBytes: number;
  /** The run's own memory limit: the problem's plus what the language's runtime needs. */
  readonly memoryLimitBytes: number;
  /** The language's own sign of heap exhaustion was seen on its error output. */
  readonly heapExhausted: boolean;
  /** Raw bytes, up to the cap that was asked for. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** The figures are not exact: a plain paiza server, or a sandbox without cgroups. */
  readonly approximate: boolean;
}

export interface BuildOutcome {
  readonly succeeded: boolean;
  /** What the compiler said, both streams; when a limit stopped the build, with a last line that says so. */
  readonly output: Buffer;
}
