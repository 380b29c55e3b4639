import type { RunStatus } from '#libs/paiza/outcome.js';

/** Where runs happen side by side: each slot has a core and an unprivileged user of its own. */
export interface Slot {
  readonly index: number;
  readonly core: number;
}

export interface SandboxLimits {
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  readonly memoryBytes: number;
  /** Killed when it writes more. */
  readonly stdoutBytes: number;
  /** More is thrown away. */
  readonly stderrBytes: number;
  readonly processes: number;
  /** Of one file. */
  readonly fileBytes: number;
}

/** One program in a sandbox. */
export interface SandboxRun {
  readonly argv: readonly string[];
  /** Host folder shown as the working folder. */
  readonly workFolder: string;
  /** Builds write there; runs only read. */
  readonly workFolderWritable: boolean;
  /** File for standard input; null for an empty one. */
  readonly stdinPath: string | null;
  readonly limits: SandboxLimits;
}

export interface SandboxOutcome {
  readonly status: RunStatus;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  readonly memoryPeakBytes: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Trouble of the sandbox itself: nothing is known about the program. */
export class SandboxFault extends Error {
  override readonly name = 'SandboxFault';
}

/** What this host can promise. */
export interface SandboxTier {
  /** full: exact figures from a fresh cgroup. degraded: none to be had, figures are of waited processes only. */
  readonly tier: 'full' | 'degraded';
  readonly cgroup: 'v1' | 'v2' | 'none';
  readonly userNamespace: boolean;
}

/** Runs programs that want to break out. */
export interface Sandbox {
  readonly tier: SandboxTier;
  /** One at a time per slot. Throws SandboxFault, and the signal's reason once the program is dead. */
  run(slot: Slot, run: SandboxRun, signal: AbortSignal): Promise<SandboxOutcome>;
}
