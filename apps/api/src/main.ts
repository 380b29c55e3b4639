import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigError, readConfig } from '#libs/config/config.js';
import { createApp, stopApp } from './app.js';

const log = new Logger('Api');

const STOP_DEADLINE_MS = 20_000;

/** All addresses, of both kinds where the machine has both. */
const HOSTS = ['::', '0.0.0.0'] as const;

async function main(): Promise<void> {
  const config = readConfig();
  const app = await createApp(config);
  try {
    await app.listen(config.port, HOSTS[0]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') throw error;
    await app.listen(config.port, HOSTS[1]);
  }
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // A database that hangs must not keep us.
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    stopApp(app).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.stdout.write(`The api listens on port ${config.port}.\n`);
}

function fail(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') log.error('PORT is taken by another program. Stop it or set PORT to a free one.');
  else if (error instanceof ConfigError) log.error(error.message);
  else log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}

main().catch(fail);
