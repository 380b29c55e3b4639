import { connect } from 'node:net';
import pg from 'pg';
import { Refusal } from '../refusal.js';

const CONNECT_WITHIN_MS = 5_000;

/** Throws Refusal when the Postgres of DATABASE_URL does not let us in. */
export async function requirePostgres(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const why = (error as Error).message || (error as NodeJS.ErrnoException).code;
    throw new Refusal(
      `DATABASE_URL names a Postgres that does not answer (${new URL(databaseUrl).host}): ${why}. ` +
        'Start it or correct the URL; without DATABASE_URL Saiban brings its own.',
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Throws Refusal when nothing listens at REDIS_URL. */
export async function requireRedis(redisUrl: string): Promise<void> {
  const { hostname, port, host } = new URL(redisUrl);
  const why = await new Promise<string | null>((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) });
    const end = (outcome: string | null) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(CONNECT_WITHIN_MS, () => end('no answer'));
    socket.once('connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
  if (why === null) return;
  throw new Refusal(
    `REDIS_URL names a Redis that does not answer (${host}): ${why}. ` +
      'Start it or correct the URL; without REDIS_URL the queue is on Postgres.',
  );
}
