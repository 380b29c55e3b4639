import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { runLimits } from '#libs/judging/limits.js';
import type { TrialOutcome } from '#libs/judging/trial.js';
import { type Engine, inlineInput } from '#libs/paiza/engine.js';
import { RunnerUnavailable } from '#libs/paiza/errors.js';
import type { BuildOutcome, RunOutcome } from '#libs/paiza/outcome.js';
import { JudgeQueue, PRIORITY } from '#libs/queue/judge.queue.js';
import { ENGINE } from '../engine/engine.provider.js';
import { Outage } from '../engine/outage.js';
import { keepRenewed } from '../judge/lease.js';
import { ShuttingDown, WorkerIdentity } from '../worker-identity.js';
import { type ClaimedTrial, type FinishedTrial, TrialRepository, TrialTaken } from './trial.repository.js';

/** A free run has the site's limits, not a problem's. */
const LIMITS = runLimits({ timeLimitMs: 10_000, memoryLimitBytes: 256 * 1024 * 1024, outputLimitBytes: 1024 * 1024 });
const KEPT_STREAM_BYTES = 1024 * 1024;
/** Then it is our fault and the user is told. */
const MAX_ATTEMPTS = 6;

const NOTHING = new Uint8Array();

/** One free run, for the "Run" button and the playground: built, run, shown as it was. */
@Injectable()
export class TrialService {
  private readonly log = new Logger(TrialService.name);

  constructor(
    private readonly trials: TrialRepository,
    private readonly queue: JudgeQueue,
    private readonly outage: Outage,
    private readonly worker: WorkerIdentity,
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(id: bigint): Promise<void> {
    const { stopping } = this.worker;
    const trial = await this.trials.claim(id, stopping);
    if (trial === null) return;
    const taken = new AbortController();
    const stopRenewing = keepRenewed(
      this.config.judgeLeaseMs,
      () => this.trials.renew(id, trial.token),
      (error) => error instanceof TrialTaken && taken.abort(error),
    );
    try {
      const finished = await this.execute(trial, AbortSignal.any([stopping, taken.signal]));
      await this.trials.finish(id, trial.token, finished, stopping);
    } catch (error) {
      if (!(error instanceof TrialTaken)) await this.settle(id, trial, error);
    } finally {
      stopRenewing();
    }
  }

  private async execute(trial: ClaimedTrial, signal: AbortSignal): Promise<FinishedTrial> {
    const program = { language: trial.language, source: trial.source };
    const build = await this.engine.build(program, signal);
    if (!build.succeeded) return ended({ ...NOT_RUN, status: 'buildFailed' }, build);
    const run = await this.engine.run(program, inlineInput(trial.input), LIMITS, signal);
    return ended(outcomeOf(run), build, run);
  }

  private async settle(id: bigint, trial: ClaimedTrial, error: unknown): Promise<void> {
    const ours = !(error instanceof RunnerUnavailable || error instanceof ShuttingDown);
    if (ours || trial.attempt >= MAX_ATTEMPTS) {
      this.log.error(`Trial ${id}: fault of ours`, error);
      const message = 'The judge could not run this. It is our fault: please try again.';
      const outcome: TrialOutcome = { ...NOT_RUN, status: 'fault', message };
      return this.trials.finish(id, trial.token, ended(outcome), this.worker.stopping);
    }
    if (error instanceof RunnerUnavailable) this.outage.begin();
    const attempt = await this.trials.release(id, trial.token);
    if (attempt !== null) await this.queue.add('trial', { id, attempt }, PRIORITY.trial);
  }
}

const NOT_RUN = {
  exitCode: null,
  signal: null,
  cpuTimeUs: 0,
  wallTimeUs: 0,
  memoryPeakBytes: 0,
  stdoutLength: 0,
} as const;

const outcomeOf = (run: RunOutcome): TrialOutcome => ({
  status: run.status,
  exitCode: run.exitCode,
  signal: run.signal,
  cpuTimeUs: run.cpuTimeUs,
  wallTimeUs: run.wallTimeUs,
  memoryPeakBytes: run.memoryPeakBytes,
  stdoutLength: run.stdout.length,
});

const ended = (outcome: TrialOutcome, build?: BuildOutcome, run?: RunOutcome): FinishedTrial => ({
  outcome,
  buildOutput: (build?.output ?? NOTHING).subarray(0, KEPT_STREAM_BYTES),
  stdout: (run?.stdout ?? NOTHING).subarray(0, KEPT_STREAM_BYTES),
  stderr: (run?.stderr ?? NOTHING).subarray(0, KEPT_STREAM_BYTES),
});
