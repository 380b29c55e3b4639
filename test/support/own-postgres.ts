import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EmbeddedPostgres } from '../../apps/launcher/src/postgres/embedded-postgres.js';

const READY_WITHIN_MS = 60_000;
const FIRST_PORT = 56_500;

/** A Postgres for one test, as durable as the site's, to be killed and started again. */
export interface OwnPostgres {
  /** Of a superuser. */
  readonly url: string;
  /** kill -9 of the server; its backends follow. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-own-postgres-'));
  // Root's database runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  const postgres = await EmbeddedPostgres.prepare({ siteFolder: folder, firstPort: FIRST_PORT });
  let server: ChildProcess;
  const start = async () => {
    server = await postgres.launch();
    // Unread, a full pipe would stop the server.
    server.stdout?.resume();
    server.stderr?.resume();
    await postgres.ready(READY_WITHIN_MS);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill(signal);
    await once(server, 'exit');
  };
  await start();
  return {
    url: postgres.url,
    start,
    crash: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGQUIT');
      postgres.release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
