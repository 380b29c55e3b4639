import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { JobsOptions, Queue } from 'bullmq';

/** The one queue. */
export const JUDGE_QUEUE = 'judge';

export type JudgeJobName = 'judge' | 'trial';

/** Only ids travel: the queue cannot carry every byte, and the row is the truth. */
export interface JudgeJob {
  readonly id: string;
}

/** Progress of a judgement, as job progress. */
export interface JudgeProgress {
  readonly done: number;
  readonly total: number;
}

/** BullMQ priorities: 1 is first; 0, its default, would run before all of them. */
export const PRIORITY = { submission: 10, trial: 20, rejudge: 100 } as const;

const PREFIX = { judge: 'j', trial: 't' } as const satisfies Record<JudgeJobName, string>;

/** BullMQ drops an add whose id exists, so every attempt has an id of its own. Ids must not be all digits or hold `:`. */
export const jobId = (name: JudgeJobName, id: bigint, attempt: number) => `${PREFIX[name]}-${id}-${attempt}`;

/** The row a job id belongs to; null for ids that are not ours. */
export function parseJobId(text: string): { name: JudgeJobName; id: bigint } | null {
  const match = /^([jt])-(\d{1,19})-\d+$/.exec(text);
  if (!match?.[2]) return null;
  return { name: match[1] === 'j' ? 'judge' : 'trial', id: BigInt(match[2]) };
}

/** One attempt at a judgement or trial. */
interface Attempt {
  readonly id: bigint;
  readonly attempt: number;
}

const jobOptions = (name: JudgeJobName, row: Attempt, priority: number): JobsOptions => ({
  jobId: jobId(name, row.id, row.attempt),
  priority,
  // Kept jobs would swallow a later add of the same id, and the row already tells how it ended.
  removeOnComplete: true,
  removeOnFail: true,
});

@Injectable()
export class JudgeQueue {
  constructor(@InjectQueue(JUDGE_QUEUE) private readonly queue: Queue<JudgeJob, void, JudgeJobName>) {}

  /** Adds one attempt. Repeating is harmless. Throws when the queue is down: the sweeper adds it later. */
  async add(name: JudgeJobName, row: Attempt, priority: number): Promise<void> {
    await this.queue.add(name, { id: String(row.id) }, jobOptions(name, row, priority));
  }

  /** Adds those attempts that the queue does not hold. */
  async addMissing(name: JudgeJobName, rows: readonly (Attempt & { priority: number })[]): Promise<void> {
    if (rows.length === 0) return;
    await this.queue.addBulk(
      rows.map((row) => ({ name, data: { id: String(row.id) }, opts: jobOptions(name, row, row.priority) })),
    );
  }

  /** Throws when the queue does not answer. */
  async ping(): Promise<void> {
    await this.queue.getJobCounts('wait');
  }
}
