import type { PackedFile } from '../../apps/runner/src/sandbox/pack.js';
import type { CollectStatus, Layer, SandboxLimits } from '../../apps/runner/src/sandbox/sandbox.js';
import type { Arena } from './arena.js';

export const MIB = 1024 * 1024;

/** How a run ends, in a word or two: `exited 0`, `signalled 11`, `cpuTimeExceeded`; `fault` for trouble of the sandbox. */
export type End =
  `exited ${number}` | `signalled ${number}` | `${'cpuTime' | 'wallTime' | 'memory' | 'stdout'}Exceeded` | 'fault';

/** From, to; both included. The upper bounds of times grow with the time scale. */
export type Range = readonly [from: number, to: number];

export interface Figures {
  readonly cpuTimeUs?: Range;
  readonly wallTimeUs?: Range;
  readonly memoryPeakBytes?: Range;
  readonly stdoutBytes?: Range;
  readonly stderrBytes?: Range;
}

interface Common {
  /** What is tried, as a sentence says it. Unique. */
  readonly name: string;
  /** Layers without which it must not come out as expected: the test of this test. */
  readonly redWithout?: readonly Layer[];
  /** The other slot is part of it, so no neighbour runs there. */
  readonly takesBothSlots?: boolean;
}

/** One program in one run. */
export interface RunAttack extends Common {
  readonly kind: 'run';
  /** Of `programs/`: `name.c`, `name.sh` or `name.py`. */
  readonly program: string;
  /** After the seconds that it may live. `{file}` and the like stand for the canaries, see `fillIn` in arena.ts. */
  readonly arguments?: readonly string[];
  /** Over those of `LIMITS`. */
  readonly limits?: Partial<SandboxLimits>;
  readonly allowFileLocks?: boolean;
  /** The run has the canaries' input file and extra file; it has an empty input otherwise. */
  readonly withInput?: boolean;
  readonly end: End | readonly End[];
  /** All must be found in what it printed: that it was tried, and what came of it. */
  readonly witness: readonly RegExp[];
  /** Must not be found. */
  readonly never?: RegExp;
  /** All of the output, when every byte counts. */
  readonly exactly?: Buffer;
  readonly figures?: Figures;
  /** So often; every time must come out as expected. */
  readonly times?: number;
}

/** One build: a compiler, or a program in its place, in a writable folder from which a pack is taken. */
export interface BuildAttack extends Common {
  readonly kind: 'build';
  readonly files: readonly PackedFile[];
  /** A pack of other bytes than `files` would give. */
  readonly rawPack?: Buffer;
  readonly argv: readonly string[];
  readonly required?: string | null;
  readonly limits?: Partial<SandboxLimits>;
  readonly end: End | readonly End[];
  readonly collected: CollectStatus | readonly CollectStatus[];
  /** Of both outputs together. */
  readonly witness: readonly RegExp[];
  readonly never?: RegExp;
  /** Names in the new pack. */
  readonly packed?: readonly string[];
  readonly figures?: Figures;
}

/** What needs more than one run, or trouble from outside. */
export interface Scenario extends Common {
  readonly kind: 'scenario';
  readonly expected: string;
  perform(arena: Arena): Promise<Sight>;
}

export type Attack = RunAttack | BuildAttack | Scenario;

/** What was seen of an attack. `wrong` says what is not as expected; nothing is good. */
export interface Sight {
  readonly got: string;
  readonly witness: string;
  readonly wrong: readonly string[];
}

/** Generous for a program that ends by itself; those that do not have shorter ones of their own. */
export const LIMITS: SandboxLimits = {
  cpuTimeUs: 5_000_000,
  wallTimeUs: 10_000_000,
  memoryBytes: 64 * MIB,
  stdoutBytes: MIB,
  stderrBytes: 64 * 1024,
  processes: 64,
  openFiles: 64,
  fileBytes: 16 * MIB,
  scratchBytes: 32 * MIB,
  stackBytes: null,
};

/** For those that use the processor until they are stopped, and for those that wait. */
export const SPINNING = { cpuTimeUs: 300_000, wallTimeUs: 5_000_000 } as const;
export const WAITING = { cpuTimeUs: 2_000_000, wallTimeUs: 400_000 } as const;
export const STOPPED: readonly End[] = ['cpuTimeExceeded', 'wallTimeExceeded'];

/**
 * Where the runner is an ordinary user, program and process 1 are the same user: signals to it are sent, and have no effect
 * because the kernel keeps them from a PID 1.
 */
export const HAS_USERS = process.getuid?.() === 0;

/** A line of a witness: the act, and what it got. */
export const line = (act: string, got: string) =>
  new RegExp(`^${act.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)} (${got})$`, 'm');
/** Several acts that all got the same. */
export const lines = (acts: readonly string[], got: string) => acts.map((act) => line(act, got));
