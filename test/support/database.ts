import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { migrateDatabase } from '#libs/database/migrate.js';
import { migrateQueue } from '#libs/queue/connection.js';

const TEMPLATE = 'saiban_template';
const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');
/** Serialises the making of the template between Jest's processes. */
const TEMPLATE_LOCK = 4_812_001;

/** URL of a superuser on the Postgres of this test run; the global set-up starts it. */
function adminUrl(): string {
  const url = process.env['SAIBAN_TEST_POSTGRES'];
  if (!url) throw new Error('SAIBAN_TEST_POSTGRES is not set: the global set-up of the end-to-end tests sets it.');
  return url;
}

function urlOf(admin: string, database: string): string {
  const url = new URL(admin);
  url.pathname = `/${database}`;
  return url.toString();
}

async function asAdmin<T>(admin: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the migrated template unless it is there. */
async function ensureTemplate(admin: string, client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [TEMPLATE]);
  if (rowCount === 0) {
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE}`);
    await client.query(`CREATE DATABASE ${TEMPLATE}`);
    await migrateDatabase(urlOf(admin, TEMPLATE), MIGRATIONS);
    await migrateQueue({ databaseUrl: urlOf(admin, TEMPLATE), redisUrl: null });
    // Only a whole template gets the mark, so a killed test run leaves none that misleads the next.
    await client.query(`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true`);
  }
  await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
}

export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A database of its own with all migrations applied, in about 0.1 s. */
export async function createTestDatabase(admin = adminUrl()): Promise<TestDatabase> {
  const name = `saiban_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(admin, async (client) => {
    await ensureTemplate(admin, client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  return {
    url: urlOf(admin, name),
    drop: () =>
      asAdmin(admin, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}
