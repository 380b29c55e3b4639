import path from 'node:path';
import { type Config, readConfig } from '#libs/config/config.js';
import { CHECKOUT } from '../checkout.js';
import { EmbeddedPostgres } from '../postgres/embedded-postgres.js';
import { RotatingLog } from '../processes/rotating-log.js';
import { spawnBound } from '../processes/spawn-bound.js';
import { Supervised } from '../processes/supervised.js';

/** Marks what we start, grandchildren included, so that the next start finds what a killed launcher left. */
export const LAUNCHED_FOR = 'SAIBAN_LAUNCHED_FOR';

type AppName = 'runner' | 'worker' | 'api';

/** In the order of starting; stopped in the reverse order. The worker needs time to release its leases. */
const APPS: readonly { readonly name: AppName; readonly stopWithinMs: number }[] = [
  { name: 'runner', stopWithinMs: 10_000 },
  { name: 'worker', stopWithinMs: 30_000 },
  { name: 'api', stopWithinMs: 10_000 },
];

/** After a crash Postgres first replays its log. */
const DATABASE_READY_WITHIN_MS = 120_000;
const DATABASE_STOP_WITHIN_MS = 30_000;

/** The processes of one site on this machine. */
export class Site {
  readonly logFolder: string;
  /** Whether PAIZA_URL is left at our own runner: else there is none to start. */
  readonly hasOwnRunner: boolean;
  databaseUrl: string | null;

  private postgres: EmbeddedPostgres | null = null;
  private readonly running: { readonly process: Supervised; readonly log: RotatingLog }[] = [];

  constructor(
    private readonly config: Config,
    private readonly say: (line: string) => void,
  ) {
    this.logFolder = path.join(config.dataFolder, 'logs');
    this.databaseUrl = config.databaseUrl;
    this.hasOwnRunner = config.paizaUrl === readConfig({ ...process.env, PAIZA_URL: '' }, CHECKOUT).paizaUrl;
  }

  /** Settings as we read them, so that a relative path means the same to everyone. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NODE_ENV: 'production',
      // Their output goes to files.
      NO_COLOR: '1',
      SAIBAN_DATA: this.config.dataFolder,
      SAIBAN_TOOLCHAIN: this.config.toolchainFolder,
      [LAUNCHED_FOR]: this.config.dataFolder,
      ...(this.databaseUrl === null ? {} : { DATABASE_URL: this.databaseUrl }),
    };
  }

  /** Where the database lies, for people; null when it is not ours. */
  get databasePlace(): string | null {
    return this.postgres?.placement.folder ?? null;
  }

  /** Starts the embedded Postgres unless DATABASE_URL names another. Returns its URL. */
  async startDatabase(stop: AbortSignal): Promise<string> {
    if (this.databaseUrl !== null) return this.databaseUrl;
    const postgres = await EmbeddedPostgres.prepare({ siteFolder: this.config.dataFolder });
    this.postgres = postgres;
    this.run({
      name: 'postgres',
      launch: () => postgres.launch(),
      stopSignal: 'SIGINT',
      stopWithinMs: DATABASE_STOP_WITHIN_MS,
      killSignal: 'SIGQUIT',
      // It writes everything there, ordinary events as well.
      echoErrors: false,
    });
    await postgres.ready(DATABASE_READY_WITHIN_MS, stop);
    this.databaseUrl = postgres.url;
    return postgres.url;
  }

  startApps(databaseUrl: string): void {
    this.databaseUrl = databaseUrl;
    for (const { name, stopWithinMs } of APPS) {
      if (name === 'runner' && !this.hasOwnRunner) continue;
      this.run({
        name,
        launch: () => this.launchApp(name),
        stopSignal: 'SIGTERM',
        stopWithinMs,
        killSignal: 'SIGKILL',
        echoErrors: true,
      });
    }
  }

  /** Last started, first stopped, each within its bound; all at once by force when `hurry` is aborted. */
  async stop(hurry: AbortSignal): Promise<void> {
    for (const { process, log } of this.running.toReversed()) {
      await process.stop(hurry);
      log.close();
    }
    this.postgres?.release();
  }

  private run(program: ConstructorParameters<typeof Supervised>[0]): void {
    const log = new RotatingLog(path.join(this.logFolder, `${program.name}.log`));
    const supervised = new Supervised(program, log, this.say);
    this.running.push({ process: supervised, log });
    supervised.start();
  }

  private launchApp(name: AppName) {
    return spawnBound({
      command: process.execPath,
      args: ['--enable-source-maps', path.join(CHECKOUT, `dist/apps/${name}/src/main.js`)],
      cwd: CHECKOUT,
      env: this.environment,
      deathSignal: 'TERM',
    });
  }
}
