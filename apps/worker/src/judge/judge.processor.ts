import { Processor, WorkerHost } from '@nestjs/bullmq';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job } from 'bullmq';
import { assertNever } from '#libs/judging/assert-never.js';
import { JUDGE_QUEUE, type JudgeJob, type JudgeJobName } from '#libs/queue/judge.queue.js';
import { Outage } from '../engine/outage.js';
import { TrialService } from '../trials/trial.service.js';
import { JudgeService } from './judge.service.js';

/** After a crash of the queue's database the default of 15 s would look like a dead worker. */
const RUN_RETRY_DELAY_MS = 500;
/** A job whose worker died is given to another after at most their sum; the lease in the row decides who judges. */
const LOCK_MS = 10_000;
const STALLED_INTERVAL_MS = 5_000;
/** Judgements at a time; set to the runner's slots once it tells them. */
const FIRST_CONCURRENCY = 2;

/** The only place that knows BullMQ's side of a job: it carries an id, and the row tells everything else. */
@Processor(JUDGE_QUEUE, {
  autorun: false,
  concurrency: FIRST_CONCURRENCY,
  runRetryDelay: RUN_RETRY_DELAY_MS,
  lockDuration: LOCK_MS,
  stalledInterval: STALLED_INTERVAL_MS,
})
export class JudgeProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(JudgeProcessor.name);
  private running = false;

  constructor(
    private readonly judge: JudgeService,
    private readonly trials: TrialService,
    private readonly outage: Outage,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    // Without a listener an `error` event would end the process.
    this.worker.on('error', (error) => this.log.warn(`Queue: ${error.message}`));
    this.outage.start({
      pause: async () => {
        // Jobs that are being judged settle by themselves.
        if (this.running) await this.worker.pause(true);
      },
      resume: (slots) => {
        this.worker.concurrency = slots;
        const taking = this.running ? this.worker.resume() : this.worker.run();
        taking.catch((error: unknown) => this.log.error('The queue stopped', error));
        this.running = true;
      },
    });
  }

  /** Takes no more jobs and waits until those that are judged have given back their leases. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close();
  }

  async process(job: Job<JudgeJob, void, JudgeJobName>): Promise<void> {
    const id = BigInt(job.data.id);
    switch (job.name) {
      case 'judge':
        return this.judge.judge(id, (progress) => {
          job
            .updateProgress({ ...progress })
            .catch((error: unknown) => this.log.debug(`Progress of ${job.id} is lost: ${String(error)}`));
        });
      case 'trial':
        return this.trials.run(id);
      default:
        return assertNever(job.name);
    }
  }
}
