import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { queueConnection } from './connection.js';
import { JudgeEvents } from './judge-events.js';
import { JUDGE_QUEUE, JudgeQueue } from './judge.queue.js';

@Module({})
export class QueueModule {
  /** For the api, which adds jobs and listens (`events`), and for the worker, which takes and adds them. */
  static forRoot(config: Config, options: { events: boolean }): DynamicModule {
    const providers = options.events ? [JudgeQueue, JudgeEvents] : [JudgeQueue];
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRoot({ connection: queueConnection(config) }),
        BullModule.registerQueue({ name: JUDGE_QUEUE }),
      ],
      providers,
      exports: [BullModule, ...providers],
    };
  }
}
