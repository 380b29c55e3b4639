import { isDeepStrictEqual } from 'node:util';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import type { Restrictions } from '#libs/judging/restrictions.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import type { Engine, EngineStatus } from '#libs/paiza/engine.js';
import { ENGINE } from '../engine/engine.provider.js';
import { SelfRun } from '../engine/self-run.js';
import { every } from '../every.js';
import { WorkerIdentity } from '../worker-identity.js';

/** Health asks for a good self-run in the last minute; two may fail on a busy machine before it is missed. */
const SELF_RUN_INTERVAL_MS = 20_000;
/** On our runner it goes before all that wait, but not before long runs that have begun: then it is asked for again. */
const SELF_RUN_PATIENCE_MS = 15_000;
/** While something is awaited that people wait for: the first good self-run, a language in its self-test. */
const SOON_MS = 250;

/**
 * Tells the site, by a row, that this worker lives, what it can judge, and that its own A+B is AC. Three things that do not
 * wait for each other: a runner that is silent, or so busy that the self-run queues, must not make the worker look dead.
 */
@Injectable()
export class HeartbeatService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(HeartbeatService.name);
  /** Kept through an outage of the runner: what is submitted then waits and is judged later. */
  private lastStatus: EngineStatus | null = null;
  private lastGoodSelfRun = -Infinity;
  private endings: (() => void)[] = [];

  constructor(
    private readonly prisma: PrismaService,
    private readonly selfRun: SelfRun,
    private readonly worker: WorkerIdentity,
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    const { heartbeatMs } = this.config;
    const soon = Math.min(SOON_MS, heartbeatMs);
    const warn = (error: unknown) => this.log.warn(`Heartbeat: ${String(error)}`);
    this.endings = [
      every(
        () => (isSettled(this.lastStatus) ? heartbeatMs : soon),
        () => this.look(),
        warn,
      ),
      every(
        () => heartbeatMs,
        () => this.write(),
        warn,
      ),
      every(
        () => (this.lastGoodSelfRun === -Infinity ? soon : heartbeatMs),
        () => this.judgeOwn(),
        warn,
      ),
    ];
  }

  /** The row stays and ages: a restart of the only worker must not refuse who submits in that second. */
  beforeApplicationShutdown(): void {
    for (const end of this.endings) end();
  }

  private async look(): Promise<void> {
    const status = await this.engine.status().catch(() => null);
    if (status === null) return;
    const before = this.lastStatus;
    this.lastStatus = stillReady(before, status);
    // Else the site would learn of the languages a beat later.
    if (!isDeepStrictEqual(before?.languages, this.lastStatus.languages)) await this.write();
    if (status.busySlots >= status.slots) await this.writeBusy();
  }

  private async judgeOwn(): Promise<void> {
    // Not by the clock of the day, which may be set back.
    if (performance.now() < this.lastGoodSelfRun + SELF_RUN_INTERVAL_MS) return;
    const patience = AbortSignal.timeout(SELF_RUN_PATIENCE_MS);
    const report = await this.selfRun.run(patience).catch((error: unknown) => {
      if (patience.aborted) return null;
      throw error;
    });
    // It says nothing of the judge; that all slots were at work says the beat.
    if (report === null) return;
    const written = await this.writeSelfRun(report.passed, report.message);
    // One that failed, or that the site does not know of, is repeated at the next beat.
    if (report.passed && written) this.lastGoodSelfRun = performance.now();
  }

  private async write(): Promise<void> {
    const { id, host, startedAt } = this.worker;
    const { languages = [], toolchainIdentity = null, slots = 0, tier = 'unknown' } = this.lastStatus ?? {};
    const restrictions: Restrictions | null = this.lastStatus?.restrictions ?? null;
    const [languagesJson, restrictionsJson] = [JSON.stringify(languages), restrictions && JSON.stringify(restrictions)];
    await this.prisma.client.$executeRaw`
      INSERT INTO "WorkerHeartbeat" ("workerId", host, languages, "toolchainIdentity", slots, tier, restrictions, "startedAt", "lastSeenAt")
      VALUES (${id}, ${host}, ${languagesJson}::jsonb, ${toolchainIdentity}, ${slots}, ${tier}, ${restrictionsJson}::jsonb, ${startedAt}, now())
      ON CONFLICT ("workerId") DO UPDATE SET languages = excluded.languages, tier = excluded.tier, restrictions = excluded.restrictions,
        "toolchainIdentity" = excluded."toolchainIdentity", slots = excluded.slots, "lastSeenAt" = now()`;
  }

  private async writeBusy(): Promise<void> {
    await this.prisma.client
      .$executeRaw`UPDATE "WorkerHeartbeat" SET "busyAt" = now() WHERE "workerId" = ${this.worker.id}`;
  }

  /** False while the row is not there. */
  private async writeSelfRun(passed: boolean, message: string | null): Promise<boolean> {
    const count = await this.prisma.client.$executeRaw`
      UPDATE "WorkerHeartbeat" SET "selfRunMessage" = ${message},
             "selfRunAt" = CASE WHEN ${passed} THEN now() ELSE "selfRunAt" END
      WHERE "workerId" = ${this.worker.id}`;
    return count > 0;
  }
}

/** Whether only a change at the runner could make a difference to what it offers. */
const isSettled = (status: EngineStatus | null) =>
  status !== null && status.languages.every(({ state }) => state !== 'installing');

/** A runner that restarts tests its languages again; what was ready with the same toolchain is so all the while. */
export function stillReady(before: EngineStatus | null, now: EngineStatus): EngineStatus {
  if (before?.toolchainIdentity !== now.toolchainIdentity) return now;
  const languages = now.languages.map((language) => {
    const known = before.languages.find((one) => one.id === language.id);
    return language.state === 'installing' && known?.state === 'ready' ? known : language;
  });
  return { ...now, languages };
}
