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

export interface EngineStatus {
  /** Part of every judgement: a verdict holds for one set of compilers. */
  readonly toolchainIdentity: string;
  readonly slots: number;
  /** For people: what the sandbox can promise here. */
  readonly tier: string;
  readonly languages: readonly LanguageStatus[];
  /** Null while no language is ready. */
  readonly probe: Probe | null;
}

/**
 * Something that builds and runs programs. All methods throw RunnerUnavailable or RunnerFault, and the signal's reason
 * when it aborts (the run is then dead or dying).
 */
export interface Engine {
  status(): Promise<EngineStatus>;
  build(program: Program, signal: AbortSignal): Promise<BuildOutcome>;
  /** The program must have been built successfully before. */
  run(program: Program, input: Input, limits: ExecutionLimits, signal: AbortSignal): Promise<RunOutcome>;
  close(): Promise<void>;
}

/** Input that is at hand. */
export const inlineInput = (content: Uint8Array): Input => ({
  digest: createHash('sha256').update(content).digest('hex'),
  async *content() {
    yield content;
  },
});
