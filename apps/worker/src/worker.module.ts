import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { ConfigModule } from '#libs/config/config.module.js';
import { DatabaseModule } from '#libs/database/database.module.js';
import { QueueModule } from '#libs/queue/queue.module.js';
import { engineProvider } from './engine/engine.provider.js';
import { Outage } from './engine/outage.js';
import { SelfRun } from './engine/self-run.js';
import { HeartbeatService } from './heartbeat/heartbeat.service.js';
import { JudgeProcessor } from './judge/judge.processor.js';
import { JudgeService } from './judge/judge.service.js';
import { JudgementRepository } from './judge/judgement.repository.js';
import { ProgramJudge } from './judge/program-judge.js';
import { TestFiles } from './judge/test-files.js';
import { PendingRepository } from './pending/pending.repository.js';
import { Sweeper } from './pending/sweeper.js';
import { TrialRepository } from './trials/trial.repository.js';
import { TrialService } from './trials/trial.service.js';
import { WorkerIdentity } from './worker-identity.js';

@Module({})
export class WorkerModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: WorkerModule,
      imports: [ConfigModule.forRoot(config), DatabaseModule, QueueModule.forRoot(config, { events: false })],
      providers: [
        WorkerIdentity,
        engineProvider,
        SelfRun,
        Outage,
        TestFiles,
        ProgramJudge,
        JudgementRepository,
        JudgeService,
        TrialRepository,
        TrialService,
        JudgeProcessor,
        PendingRepository,
        Sweeper,
        HeartbeatService,
      ],
    };
  }
}
