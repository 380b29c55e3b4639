import { createHash } from 'node:crypto';
import type { LanguageStatus } from './languages.js';
import type { BuildOutcome, RunOutcome } from './outcome.js';

/** A student's program. */
export interface Program {
  readonly language: string;
  readonly source: Uint8Array;
}

/** Standard input by its SHA-256; `content` is asked for only when the server has not seen it. */
export interface Input {
  readonly digest: string;
  content(): AsyncIterable<Uint8Array>;
}

/** What kills a run. */
export interface ExecutionLimits {
  readonly hardCpuUs: number;
  readonly wallUs: number;
  readonly memoryBytes: number;
  readonly stdoutBytes: number;
}

/** A small program whose output is known, to ask whether the server works. */
export interface Probe {
  readonly program: Program;
  readonly input: Buffer;
  readonly output: Buffer;
}

/** What a program is given beside its input. */
export interface ProgramExtras {
  readonly args?: readonly string[];
  /** The program sees them, read-only, as `/files/<name>`. */
  readonly files?: readonly { readonly name: string; readonly content: Input }[];
}

/** How it is run. */
export interface RunWay {
  /** With all other slots empty. */
  readonly exclusive?: boolean;
  /** Before all that wait: somebody wants to know whether the server works. */
  readonly urgent?: boolean;
}

/** One of two programs, each of which reads what the other writes. */
export interface PairedProgram extends ProgramExtras {
  readonly program: Program;
  readonly limits: ExecutionLimits;
}

export interface PairOutcome {
  readonly outcomes: readonly [RunOutcome, RunOutcome];
  /** Which of them ended first, before the other could have been harmed by its end. */
  readonly firstEnded: 0 | 1;
}

/** The most that a server can be trusted with; a problem that asks for more is not judged there. */
export interface Restrictions {
  /** Input and output are UTF-8 text; other bytes would look alike. */
  readonly textOnly: boolean;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
}

export interface EngineStatus {
  /** Part of every judgement: a verdict holds for one set of compilers. */
  readonly toolchainIdentity: string;
  readonly slots: number;
  /** Slots in use by judging; of a server that does not tell, as far as this client uses them. */
  readonly busySlots: number;
  /** For people: what the sandbox can promise here. */
  readonly tier: string;
  readonly languages: readonly LanguageStatus[];
  /** Null while no language is ready. */
  readonly probe: Probe | null;
  /** Null when there are none. */
  readonly restrictions: Restrictions | null;
}

/**
 * Something that builds and runs programs. All methods throw RunnerUnavailable or RunnerFault, and the signal's reason
 * when it aborts (the run is then dead or dying).
 */
export interface Engine {
  status(): Promise<EngineStatus>;
  build(program: Program, signal: AbortSignal, way?: RunWay): Promise<BuildOutcome>;
  /** The program must have been built successfully before. */
  run(
    program: Program,
    input: Input,
    limits: ExecutionLimits,
    signal: AbortSignal,
    way?: RunWay & ProgramExtras,
  ): Promise<RunOutcome>;
  /** Both must have been built successfully before. Their standard outputs are not captured. */
  runPair(pair: readonly [PairedProgram, PairedProgram], signal: AbortSignal, way?: RunWay): Promise<PairOutcome>;
  close(): Promise<void>;
}

/** Input that is at hand. */
export const inlineInput = (content: Uint8Array): Input => ({
  digest: createHash('sha256').update(content).digest('hex'),
  async *content() {
    yield content;
  },
});
