import { type ConnectionOptions, runMigrations, setDefaultBackendFactory } from 'bullmq';
import type { Config } from '#libs/config/config.js';
import pg from 'pg';
import { createPatientBackend } from './patient-backend.js';

/** BullMQ's tables live in a schema of their own, beside ours. */
const QUEUE_SCHEMA = 'bullmq';
/** Connections per process: enough for a claim, a completion and a progress report at once. */
const POOL_SIZE = 4;

type QueueSettings = Pick<Config, 'databaseUrl' | 'redisUrl'>;

/** The queue is on Postgres unless a Redis is configured. Must be called before any queue is made in this process. */
export function queueConnection(settings: QueueSettings): ConnectionOptions {
  if (settings.redisUrl !== null) {
    setDefaultBackendFactory();
    return { url: settings.redisUrl, maxRetriesPerRequest: null };
  }
  if (settings.databaseUrl === null) throw new Error('The queue needs DATABASE_URL or REDIS_URL.');
  setDefaultBackendFactory(createPatientBackend);
  return { connectionString: settings.databaseUrl, schema: QUEUE_SCHEMA, max: POOL_SIZE };
}

/** Brings BullMQ's tables up to date; harmless to repeat and to run twice at once. Needs nothing on Redis. */
export async function migrateQueue(settings: QueueSettings): Promise<void> {
  if (settings.redisUrl !== null || settings.databaseUrl === null) return;
  const client = new pg.Client({ connectionString: settings.databaseUrl });
  await client.connect();
  try {
    await runMigrations(client, QUEUE_SCHEMA);
  } finally {
    await client.end();
  }
}
