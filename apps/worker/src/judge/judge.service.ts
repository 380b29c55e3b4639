import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { isDatabaseOutage } from '#libs/database/outage.js';
import type { Engine } from '#libs/paiza/engine.js';
import { RunnerUnavailable } from '#libs/paiza/errors.js';
import { type JudgeProgress, JudgeQueue } from '#libs/queue/judge.queue.js';
import { ENGINE } from '../engine/engine.provider.js';
import { Outage } from '../engine/outage.js';
import { ShuttingDown, WorkerIdentity } from '../worker-identity.js';
import { JudgeGate } from './judge-gate.js';
import { type ClaimedJudgement, type Conclusion, JudgementRepository, MAX_TROUBLES } from './judgement.repository.js';
import { keepRenewed, type Lease, LeaseLost, newLease } from './lease.js';
import { ProgramJudge } from './program-judge.js';

/** From this many lost holders on, a judgement is judged alone on its host. */
const ALONE_FROM = 2;
/** A release that the database does not take by then is left to the lease's end. */
const RELEASE_TIMEOUT_MS = 20_000;

/**
 * One attempt at one judgement: claim, judge, conclude; or, when that cannot be, tell apart whose trouble it is
 * (DESIGN.md, "Three kinds of trouble, counted apart"). Trouble of ours is never a verdict on the program.
 */
@Injectable()
export class JudgeService {
  private readonly log = new Logger(JudgeService.name);
  private readonly gate = new JudgeGate();

  constructor(
    private readonly judgements: JudgementRepository,
    private readonly programs: ProgramJudge,
    private readonly queue: JudgeQueue,
    private readonly outage: Outage,
    private readonly worker: WorkerIdentity,
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Repeating is harmless: a judgement that is done or held by another is left alone. */
  async judge(id: bigint, report: (progress: JudgeProgress) => void): Promise<void> {
    const peek = await this.judgements.peek(id);
    if (peek === null || peek.done) return;
    // Before the claim: who waits here holds no lease that another's crash could cost it.
    await this.gate.pass(peek.lostHolders >= ALONE_FROM ? 'alone' : 'together', () => this.attempt(id, report));
  }

  private async attempt(id: bigint, report: (progress: JudgeProgress) => void): Promise<void> {
    const status = await this.outage.statusOrBegin();
    if (status === null) return;
    const lease = newLease(id);
    const judgement = await this.judgements.claim(
      lease,
      this.worker.id,
      status.toolchainIdentity,
      this.worker.stopping,
    );
    if (judgement === null) return;
    const lost = new AbortController();
    const signal = AbortSignal.any([this.worker.stopping, lost.signal]);
    const stopRenewing = keepRenewed(
      this.config.judgeLeaseMs,
      () => this.judgements.renew(lease),
      // While the database is away nobody else can take the lease either.
      (error) => !isDatabaseOutage(error) && lost.abort(error),
    );
    try {
      const conclusion = await this.conclude(judgement, lease, signal, status.slots, report);
      await this.judgements.conclude(lease, judgement.submissionId, conclusion, signal);
    } catch (error) {
      await this.settle(lease, error);
    } finally {
      stopRenewing();
    }
  }

  private async conclude(
    judgement: ClaimedJudgement,
    lease: Lease,
    signal: AbortSignal,
    lanes: number,
    report: (progress: JudgeProgress) => void,
  ): Promise<Conclusion> {
    if (judgement.lostHolders + judgement.faults >= MAX_TROUBLES) return givenUp(judgement);
    return this.programs.judge(judgement, {
      signal,
      lanes,
      saveRuns: (runs) => this.judgements.saveRuns(lease, runs, signal),
      report,
    });
  }

  private async settle(lease: Lease, error: unknown): Promise<void> {
    try {
      if (error instanceof LeaseLost) return this.log.warn(error.message);
      if (error instanceof ShuttingDown) return await this.requeue(lease, null);
      // As when an input was on its way from the database to the runner.
      if (isDatabaseOutage(error)) return await this.requeue(lease, null);
      if (error instanceof RunnerUnavailable || !(await this.outage.probePasses())) {
        this.log.warn(`Judgement ${lease.judgementId} waits: ${String(error)}`);
        this.outage.begin();
        return await this.requeue(lease, null);
      }
      this.log.error(`Judgement ${lease.judgementId}: fault of ours`, error);
      await this.requeue(lease, reasonOf(error));
    } catch (settling) {
      // Without the release the lease expires, and the sweeper queues the judgement again.
      if (settling instanceof LeaseLost) this.log.warn(settling.message);
      else this.log.error(`Judgement ${lease.judgementId} could not be given back`, settling);
    }
  }

  private async requeue(lease: Lease, faultReason: string | null): Promise<void> {
    const released = await this.judgements.release(lease, faultReason, AbortSignal.timeout(RELEASE_TIMEOUT_MS));
    // When the queue is down, the sweeper adds it later.
    await this.queue
      .add('judge', released, released.priority)
      .catch((error: unknown) => this.log.warn(`Judgement ${released.id} is queued later: ${String(error)}`));
  }
}

/** The fifth trouble ends it, with the reason for the staff. */
function givenUp(judgement: ClaimedJudgement): Conclusion {
  const lost = `${judgement.lostHolders} workers were lost while judging it`;
  const faults = `${judgement.faults} internal faults, the last: ${judgement.faultReason ?? 'none'}`;
  return {
    verdict: 'JE',
    score: 0,
    cpuTimeUs: null,
    memoryPeakBytes: null,
    compileOutput: null,
    approximate: false,
    faultReason: `${lost}; ${faults}.`,
    lastOrdinal: judgement.testCases.length,
  };
}

const REASON_LENGTH = 500;
const reasonOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error))
    .replaceAll('\0', '\\0')
    .toWellFormed()
    .slice(0, REASON_LENGTH);
