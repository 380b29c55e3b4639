import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readConfig } from '#libs/config/config.js';
import type { ClaimedJudgement, Conclusion } from '../../apps/worker/src/judge/judgement.repository.js';
import { type JudgingPorts, ProgramJudge } from '../../apps/worker/src/judge/program-judge.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { WORKER_KILLER } from './programs.js';

/** The real worker, but for one submission that takes the process with it. */
@Injectable()
class CrashingProgramJudge extends ProgramJudge {
  override judge(judgement: ClaimedJudgement, ports: JudgingPorts): Promise<Conclusion> {
    if (Buffer.from(judgement.source).includes(WORKER_KILLER)) process.kill(process.pid, 'SIGKILL');
    return super.judge(judgement, ports);
  }
}

const worker = WorkerModule.forRoot(readConfig());
const providers = worker.providers?.map((provider) =>
  provider === ProgramJudge ? { provide: ProgramJudge, useClass: CrashingProgramJudge } : provider,
);
const app = await NestFactory.createApplicationContext({ ...worker, providers: providers ?? [] });
app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
