import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Engine, EngineStatus } from '#libs/paiza/engine.js';
import { WorkerIdentity } from '../worker-identity.js';
import { ENGINE } from './engine.provider.js';
import { SelfRun } from './self-run.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Whoever takes jobs. */
export interface JobTaker {
  pause(): Promise<void>;
  /** Takes up to `slots` jobs at a time. */
  resume(slots: number): void;
}

/**
 * While the runner does not work, no jobs are taken: judgements stay queued however long, and nothing is counted against
 * them. Ends when a probe run passes. The worker starts in this state.
 */
@Injectable()
export class Outage {
  private readonly log = new Logger(Outage.name);
  private taker: JobTaker | null = null;
  private lasting = false;

  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly selfRun: SelfRun,
    private readonly worker: WorkerIdentity,
  ) {}

  /** The taker must not have started to take jobs. */
  start(taker: JobTaker): void {
    this.taker = taker;
    this.begin();
  }

  /** Idempotent: one outage at a time. */
  begin(): void {
    if (this.lasting || this.worker.stopping.aborted) return;
    this.lasting = true;
    void this.endure().catch((error: unknown) => {
      if (!this.worker.stopping.aborted) this.log.error('The wait for the runner broke off', error);
    });
  }

  /** The runner's status; null, with an outage begun, when it does not answer. */
  async statusOrBegin(): Promise<EngineStatus | null> {
    try {
      return await this.engine.status();
    } catch (error) {
      this.log.warn(`The runner does not answer: ${String(error)}`);
      this.begin();
      return null;
    }
  }

  /** Whether the runner judges a known program right now. */
  async probePasses(): Promise<boolean> {
    return (await this.selfRun.run()).passed;
  }

  private async endure(): Promise<void> {
    await this.taker?.pause();
    const slots = await this.passed();
    this.lasting = false;
    this.log.log('The runner works; taking jobs.');
    this.taker?.resume(slots);
  }

  /** Waits until a probe passes; gives the runner's slots. Its bound is the worker's stop: an outage may be long. */
  private async passed(): Promise<number> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (await this.probePasses()) return (await this.engine.status()).slots;
      await sleep(pauseMs, undefined, { signal: this.worker.stopping });
    }
  }
}
