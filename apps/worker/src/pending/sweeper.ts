import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { JudgeQueue, PRIORITY } from '#libs/queue/judge.queue.js';
import { every } from '../every.js';
import { WorkerIdentity } from '../worker-identity.js';
import { PendingRepository } from './pending.repository.js';

/** Rows looked at in one sweep; the next goes on behind them, so a long queue is walked through without a burst. */
const BATCH = 200;

/**
 * The net under the queue: what waits in the database and is in no queue (the queue was down, its content was lost, a
 * worker died) is added again. Adding what is there is harmless, so it needs no agreement between workers.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap {
  private readonly log = new Logger(Sweeper.name);
  private lastId = 0n;

  constructor(
    private readonly pending: PendingRepository,
    private readonly queue: JudgeQueue,
    private readonly worker: WorkerIdentity,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    const warn = (error: unknown) => this.log.warn(`Sweep: ${String(error)}`);
    const end = every(
      () => this.config.judgeSweepMs,
      () => this.sweep(),
      warn,
    );
    this.worker.stopping.addEventListener('abort', end);
  }

  async sweep(): Promise<void> {
    const judgements = await this.pending.judgements(this.lastId, BATCH);
    this.lastId = judgements.length === BATCH ? (judgements.at(-1)?.id ?? 0n) : 0n;
    await this.queue.addMissing('judge', judgements);
    const trials = await this.pending.trials(BATCH);
    await this.queue.addMissing(
      'trial',
      trials.map((trial) => ({ ...trial, priority: PRIORITY.trial })),
    );
    await this.pending.prune();
  }
}
