import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Config, readConfig } from '#libs/config/config.js';
import { migrateDatabase } from '#libs/database/migrate.js';
import type { PrismaClient } from '#libs/database/generated/client.js';
import { isDatabaseOutage } from '#libs/database/outage.js';
import { prismaFor } from '#libs/database/prisma.service.js';
import { migrateQueue } from '#libs/queue/connection.js';
import { CHECKOUT } from '../checkout.js';
import { seedDemoProblems } from '../demo/seed-problems.js';
import { SiteClient, SiteError, SiteUnreachable } from '../demo/site-client.js';
import { endLeftovers } from '../processes/end-leftovers.js';
import { type Interruption, listenForInterruption } from '../processes/interruption.js';
import { processesWith } from '../processes/proc.js';
import { Refusal } from '../refusal.js';
import { readyScreen } from '../screen/ready-screen.js';
import { Screen } from '../screen/screen.js';
import { seedAdmin, takeFirstPassword } from '../seed/admin.js';
import { keysOf, readKey } from '../seed/keys.js';
import { awaitHealth, awaitLanguages } from '../site/health.js';
import { LAUNCHED_FOR, Site } from '../site/site.js';
import { requirePostgres, requireRedis } from '../system/databases.js';
import { requireFreeDisk } from '../system/disk.js';
import { FileLock } from '../system/lock.js';
import { requireFreePort } from '../system/ports.js';
import { prepareToolchain } from '../system/toolchain.js';

const DATA_NEEDS_BYTES = 512 * 1024 * 1024;
/** Apps of a killed launcher were told to end when it was. */
const LEFTOVERS_WITHIN_MS = 10_000;
/** Without languages to test and a warm disk it is seconds; a slow machine that tests all of them needs minutes. */
const READY_WITHIN_MS = 300_000;
/** Self-tests take seconds; the screen does not wait for ever for one that hangs. */
const LANGUAGES_WITHIN_MS = 30_000;

/** What kills an app or the database this often while the site is prepared is no accident. */
const PREPARE_ATTEMPTS = 10;

/** Runs the whole judge on this machine until it is told to stop. */
export async function start(): Promise<number> {
  const screen = new Screen();
  const config = readConfig(process.env, CHECKOUT);
  const interruption = listenForInterruption(screen.say);
  const lock = await claimDataFolder(config);
  const site = new Site(config, screen.say);
  try {
    await bringUp(config, site, screen, interruption);
    await new Promise<void>((resolve) => interruption.stop.addEventListener('abort', () => resolve(), { once: true }));
  } catch (error) {
    // What fails because we are stopping is no failure.
    if (!interruption.stop.aborted) throw error;
  } finally {
    lock.stopping();
    await site.stop(interruption.hurry);
    lock.release();
  }
  screen.say('Stopped.');
  return 0;
}

/** The folder is ours alone from here on: locked, writable, and nothing of a killed launcher is alive. */
async function claimDataFolder(config: Config): Promise<FileLock> {
  const { dataFolder } = config;
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o755 });
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new Refusal(
      `This user cannot write in ${dataFolder} (${why}). Start as the user who started first, or set SAIBAN_DATA.`,
    );
  }
  requireFreeDisk(dataFolder, DATA_NEEDS_BYTES, 'SAIBAN_DATA');
  const lock = FileLock.take(path.join(dataFolder, 'lock'), dataFolder);
  await endLeftovers('Processes', () => processesWith(LAUNCHED_FOR, dataFolder), [
    { signal: 'SIGTERM', withinMs: LEFTOVERS_WITHIN_MS },
    { signal: 'SIGKILL', withinMs: LEFTOVERS_WITHIN_MS },
  ]);
  return lock;
}

async function bringUp(config: Config, site: Site, screen: Screen, { stop }: Interruption): Promise<void> {
  // What can be refused, before anything that takes long.
  await requireFreePort('PORT', config.port);
  if (site.hasOwnRunner) await requireFreePort('RUNNER_PORT', config.runnerPort, config.runnerHost);
  if (config.databaseUrl !== null) await requirePostgres(config.databaseUrl);
  if (config.redisUrl !== null) await requireRedis(config.redisUrl);

  if (site.hasOwnRunner) await prepareToolchain(screen, site.environment, stop);
  const databaseUrl = await screen.during('Starting the database', () => site.startDatabase(stop));
  await screen.during('Bringing the database up to date', async () => {
    await migrateDatabase(databaseUrl, path.join(CHECKOUT, 'prisma/migrations'));
    await migrateQueue({ databaseUrl, redisUrl: config.redisUrl });
  });
  stop.throwIfAborted();

  const prisma = prismaFor(databaseUrl);
  try {
    await openForBusiness(config, site, prisma, screen, stop);
  } finally {
    await prisma.$disconnect();
  }
}

async function openForBusiness(
  config: Config,
  site: Site,
  prisma: PrismaClient,
  screen: Screen,
  stop: AbortSignal,
): Promise<void> {
  const keys = keysOf(config.dataFolder);
  const admin = await seedAdmin(prisma, config, keys);
  const url = `http://127.0.0.1:${config.port}`;
  const client = new SiteClient(url, readKey(keys, 'admin-token'));
  await screen.during('Starting the judge', async (detail) => {
    site.startApps(databaseUrlOf(site));
    await throughOutages(async () => {
      await awaitHealth(url, { withinMs: READY_WITHIN_MS, stop, detail, logFolder: site.logFolder });
      await seedDemoProblems(prisma, client, admin.id);
      await awaitLanguages(() => client.languages(), LANGUAGES_WITHIN_MS, stop);
    });
  });
  const lines = readyScreen({
    url: `http://localhost:${config.port}`,
    admin: admin.username,
    // Taken last: whatever failed before this line, the next start still shows it.
    password: takeFirstPassword(keys),
    dataFolder: config.dataFolder,
    database: site.databasePlace,
    languages: await client.languages(),
    tier: await currentTier(prisma),
  });
  for (const line of lines) screen.say(line);
}

/** What dies while the site is being prepared is started again; what has been done is found done. */
async function throughOutages(prepare: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepare();
    } catch (error) {
      const outage = error instanceof SiteUnreachable || (error instanceof SiteError && error.status === 503);
      if (attempt === PREPARE_ATTEMPTS || !(outage || isDatabaseOutage(error))) throw error;
    }
  }
}

function databaseUrlOf(site: Site): string {
  if (site.databaseUrl === null) throw new Error('The database has not been started.');
  return site.databaseUrl;
}

/** How well the sandbox of the worker seen last isolates. */
async function currentTier(prisma: PrismaClient): Promise<string> {
  const worker = await prisma.workerHeartbeat.findFirst({ orderBy: { lastSeenAt: 'desc' } });
  return worker?.tier ?? 'unknown';
}
