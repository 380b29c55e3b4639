import type { SandboxLayer } from '#libs/config/config.js';
import type { RunStatus } from '#libs/paiza/outcome.js';

/** Where runs happen side by side: each slot has a core, a helper process and unprivileged users of its own. */
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
  /** Processes and threads. */
  readonly processes: number;
  readonly openFiles: number;
  /** Of one file. */
  readonly fileBytes: number;
  /** Of /tmp, /dev/shm and, in a build, the working folder together. They count as memory too. */
  readonly scratchBytes: number;
  /** Null: as much as the memory limit gives. */
  readonly stackBytes: number | null;
}

/** A file of the runner's cache folder that the program sees, read-only, as `/files/<name>`. */
export interface ExtraFile {
  readonly name: string;
  readonly path: string;
}

/** One program in a sandbox. All paths are absolute and lie in the runner's cache folder. */
export interface SandboxRun {
  readonly argv: readonly string[];
  /** What the working folder `/box` holds, see pack.ts. */
  readonly packPath: string;
  /** Null: `/box` is read-only. A build: `/box` is a fresh writable copy, and what is left in it becomes a new pack. */
  readonly collect: Collect | null;
  readonly files: readonly ExtraFile[];
  /** File for standard input; null for an empty one. In a pair the other program's output instead. */
  readonly stdinPath: string | null;
  readonly limits: SandboxLimits;
  /** Locks and watches on files that all runs share are a covert channel: only where the runtime needs them. */
  readonly allowFileLocks: boolean;
  /** For our own self-tests: what the run reads is charged to the slot and stays cached, so later runs do not pay. */
  readonly warm: boolean;
}

export interface Collect {
  /** Where the new pack goes; must not exist. */
  readonly packPath: string;
  /** A file that must be among what was left; null when any will do. */
  readonly required: string | null;
}

/** What became of `Collect`. All but `collected` are the program's doing, and leave no pack. */
export type CollectStatus = 'none' | 'collected' | 'tooLarge' | 'tooManyFiles' | 'tooDeep' | 'requiredMissing';

/** What a program wrote. */
export interface Captured {
  /** Bytes kept: all, or up to the limit. */
  readonly length: number;
  /** All of it when `length` is at most INLINE_BYTES, else empty. */
  readonly inline: Buffer;
  /** A file with all of it when it is longer, now the caller's to remove; else null. */
  readonly path: string | null;
}

/** Longer outputs go to a file, so that neither side holds them in memory. */
export const INLINE_BYTES = 64 * 1024;

export interface SandboxOutcome {
  readonly status: RunStatus;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  readonly memoryPeakBytes: number;
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly collected: CollectStatus;
  /** Bytes of the new pack; 0 without one. */
  readonly collectedBytes: number;
}

/** Two programs, each one's standard output the other's standard input. */
export interface PairOutcome {
  readonly outcomes: readonly [SandboxOutcome, SandboxOutcome];
  /** Which of them ended first, before the other could have been harmed by its end. */
  readonly firstEnded: 0 | 1;
}

/** Trouble of the sandbox itself: nothing is known about the program. */
export class SandboxFault extends Error {
  override readonly name = 'SandboxFault';
}

/** What this host can promise. */
export interface SandboxTier {
  /** full: exact figures from a fresh cgroup. degraded: none to be had, figures are of looks at the processes. */
  readonly tier: 'full' | 'degraded' | 'unsafe';
  readonly cgroup: 'v1' | 'v2' | 'none';
  /** Not root: everything happens in a user namespace of the ordinary user. */
  readonly userNamespace: boolean;
  /** The host may swap a run out, and then its figures depend on others. */
  readonly swaps: boolean;
  /** Layers that are switched off; only the unsafe tier has any. */
  readonly without: readonly Layer[];
}

/** Layers that can be switched off: by the tests of the attacks, and where a host does not have them (unsafe!). */
export type Layer = SandboxLayer;

/** Runs programs that want to break out. */
export interface Sandbox {
  readonly tier: SandboxTier;
  /** One at a time per slot. Throws SandboxFault, and the signal's reason once the program is dead. */
  run(slot: Slot, run: SandboxRun, signal: AbortSignal): Promise<SandboxOutcome>;
  /** As `run`, two at once in one slot; `stdinPath` does not count, and standard outputs are not captured. */
  runPair(slot: Slot, pair: readonly [SandboxRun, SandboxRun], signal: AbortSignal): Promise<PairOutcome>;
}
