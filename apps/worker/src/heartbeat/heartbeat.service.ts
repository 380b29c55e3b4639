import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import type { Engine, EngineStatus } from '#libs/paiza/engine.js';
import { ENGINE } from '../engine/engine.provider.js';
import { SelfRun } from '../engine/self-run.js';
import { WorkerIdentity } from '../worker-identity.js';

/** Health asks for a good self-run in the last minute; two may fail on a busy machine before it is missed. */
const SELF_RUN_INTERVAL_MS = 20_000;

/** Tells the site, by a row, that this worker lives, what it can judge, and that its own A+B is AC. */
@Injectable()
export class HeartbeatService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(HeartbeatService.name);
  /** Kept through an outage of the runner: what is submitted then waits and is judged later. */
  private lastStatus: EngineStatus | null = null;
  private nextSelfRun = 0;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly prisma: PrismaService,
    private readonly selfRun: SelfRun,
    private readonly worker: WorkerIdentity,
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    let beating = false;
    const beat = () => {
      if (beating) return;
      beating = true;
      this.beat()
        .catch((error: unknown) => this.log.warn(`Heartbeat: ${String(error)}`))
        .finally(() => (beating = false));
    };
    this.timer = setInterval(beat, this.config.heartbeatMs);
    beat();
  }

  /** The row stays and ages: a restart of the only worker must not refuse who submits in that second. */
  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    this.lastStatus = await this.engine.status().then(
      (status) => stillReady(this.lastStatus, status),
      () => this.lastStatus,
    );
    await this.write();
    if (Date.now() < this.nextSelfRun) return;
    const report = await this.selfRun.run();
    // A failed one is repeated at the next beat.
    if (report.passed) this.nextSelfRun = Date.now() + SELF_RUN_INTERVAL_MS;
    await this.writeSelfRun(report.passed, report.message);
  }

  private async write(): Promise<void> {
    const { id, host, startedAt } = this.worker;
    const { languages = [], toolchainIdentity = null, slots = 0, tier = 'unknown' } = this.lastStatus ?? {};
    await this.prisma.client.$executeRaw`
      INSERT INTO "WorkerHeartbeat" ("workerId", host, languages, "toolchainIdentity", slots, tier, "startedAt", "lastSeenAt")
      VALUES (${id}, ${host}, ${JSON.stringify(languages)}::jsonb, ${toolchainIdentity}, ${slots}, ${tier}, ${startedAt}, now())
      ON CONFLICT ("workerId") DO UPDATE SET languages = excluded.languages, tier = excluded.tier,
        "toolchainIdentity" = excluded."toolchainIdentity", slots = excluded.slots, "lastSeenAt" = now()`;
  }

  private async writeSelfRun(passed: boolean, message: string | null): Promise<void> {
    await this.prisma.client.$executeRaw`
      UPDATE "WorkerHeartbeat" SET "selfRunMessage" = ${message},
             "selfRunAt" = CASE WHEN ${passed} THEN now() ELSE "selfRunAt" END
      WHERE "workerId" = ${this.worker.id}`;
  }
}

/** A runner that restarts tests its languages again; what was ready with the same toolchain is so all the while. */
export function stillReady(before: EngineStatus | null, now: EngineStatus): EngineStatus {
  if (before?.toolchainIdentity !== now.toolchainIdentity) return now;
  const languages = now.languages.map((language) => {
    const known = before.languages.find((one) => one.id === language.id);
    return language.state === 'installing' && known?.state === 'ready' ? known : language;
  });
  return { ...now, languages };
}
