import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { QueueEvents } from 'bullmq';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { queueConnection } from './connection.js';
import { JUDGE_QUEUE, type JudgeJobName, type JudgeProgress, parseJobId } from './judge.queue.js';

/** `ended` says that an attempt is over, not how: read the row. */
export type JudgeEvent = { readonly type: 'progress'; readonly progress: JudgeProgress } | { readonly type: 'ended' };
type Listener = (event: JudgeEvent) => void;

/** What the queue says of judgements and trials, to whoever listens for one of them. */
@Injectable()
export class JudgeEvents implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(JudgeEvents.name);
  private readonly listeners = new Map<string, Set<Listener>>();
  private events: QueueEvents;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  onModuleInit(): void {
    this.events = new QueueEvents(JUDGE_QUEUE, { connection: queueConnection(this.config) });
    // Without a listener an `error` event would end the process; listeners read the row again anyway.
    this.events.on('error', (error) => this.log.warn(`Queue events: ${error.message}`));
    this.events.on('progress', ({ jobId, data }) =>
      this.emit(jobId, { type: 'progress', progress: data as unknown as JudgeProgress }),
    );
    this.events.on('completed', ({ jobId }) => this.emit(jobId, { type: 'ended' }));
    this.events.on('failed', ({ jobId }) => this.emit(jobId, { type: 'ended' }));
  }

  async onModuleDestroy(): Promise<void> {
    this.listeners.clear();
    await this.events.close();
  }

  /** Returns the function that ends the subscription. */
  subscribe(name: JudgeJobName, id: bigint, listener: Listener): () => void {
    const key = `${name} ${id}`;
    const all = this.listeners.get(key) ?? new Set<Listener>();
    this.listeners.set(key, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0) this.listeners.delete(key);
    };
  }

  private emit(jobId: string, event: JudgeEvent): void {
    const row = parseJobId(jobId);
    if (row === null) return;
    for (const listener of this.listeners.get(`${row.name} ${row.id}`) ?? []) listener(event);
  }
}
