import { startTestPostgres } from './test-postgres.js';

/** Jest's global set-up of the end-to-end tests: a Postgres for this run, unless one is given. */
export default async function setUp(): Promise<void> {
  process.env['SAIBAN_TEST_POSTGRES'] ??= await startTestPostgres();
}
