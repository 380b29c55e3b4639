import { Inject, Injectable } from '@nestjs/common';
import { checkers, DEFAULT_CHECKER, pullOf } from '#libs/judging/checkers/index.js';
import { runLimits } from '#libs/judging/limits.js';
import { type Engine, inlineInput } from '#libs/paiza/engine.js';
import { classifyRun } from '../judge/classify-run.js';
import { WorkerIdentity } from '../worker-identity.js';
import { ENGINE } from './engine.provider.js';

const LIMITS = runLimits({ timeLimitMs: 10_000, memoryLimitBytes: 256 * 1024 * 1024, outputLimitBytes: 64 * 1024 });

const URGENT = { urgent: true };

export interface SelfRunReport {
  readonly passed: boolean;
  /** Why not, for people. */
  readonly message: string | null;
}

/** The judge judges its own A+B: built, run, classified and compared like a student's program, and it must be AC. */
@Injectable()
export class SelfRun {
  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly worker: WorkerIdentity,
  ) {}

  /** Goes before all that wait for a slot. Throws the reason of `patience` when that is at its end. */
  async run(patience?: AbortSignal): Promise<SelfRunReport> {
    const { stopping } = this.worker;
    try {
      return await this.judge(patience ? AbortSignal.any([patience, stopping]) : stopping);
    } catch (error) {
      patience?.throwIfAborted();
      return { passed: false, message: String(error) };
    }
  }

  private async judge(signal: AbortSignal): Promise<SelfRunReport> {
    const { probe } = await this.engine.status();
    if (probe === null) return { passed: false, message: 'No language is ready yet.' };
    const build = await this.engine.build(probe.program, signal, URGENT);
    if (!build.succeeded)
      return { passed: false, message: `A+B does not build: ${build.output.toString('utf8', 0, 200)}` };
    const outcome = await this.engine.run(probe.program, inlineInput(probe.input), LIMITS, signal, URGENT);
    const { verdict, message } = await classifyRun(outcome, LIMITS, (stdout) =>
      checkers[DEFAULT_CHECKER](pullOf(stdout), pullOf(probe.output), {}),
    );
    return verdict === 'AC'
      ? { passed: true, message: null }
      : { passed: false, message: `A+B: ${verdict} ${message ?? ''}` };
  }
}
