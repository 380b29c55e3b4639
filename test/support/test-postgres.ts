import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EmbeddedPostgres } from '../../apps/launcher/src/postgres/embedded-postgres.js';

const PREFIX = 'saiban-test-postgres-';
const READY_WITHIN_MS = 60_000;
/** Many databases with pools of their own at once, and nothing that must survive a crash of the machine. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/** Jest loads set-up and tear-down apart, so what one started is kept where the other finds it. */
const STARTED = Symbol.for('saiban.test-postgres');
interface Started {
  readonly server: ChildProcess;
  readonly postgres: EmbeddedPostgres;
  readonly folder: string;
}
type Kept = { [STARTED]?: Started };

/** Starts a Postgres in a temporary folder; returns the URL of a superuser. It ends with this process even by kill -9. */
export async function startTestPostgres(): Promise<string> {
  removeAbandoned();
  const folder = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  // Root's database runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  const postgres = await EmbeddedPostgres.prepare({ siteFolder: folder, settings: SETTINGS });
  const server = await postgres.launch();
  // Unread, a full pipe would stop the server.
  server.stdout?.resume();
  server.stderr?.resume();
  await postgres.ready(READY_WITHIN_MS);
  (globalThis as Kept)[STARTED] = { server, postgres, folder };
  return postgres.url;
}

export async function stopTestPostgres(): Promise<void> {
  const started = (globalThis as Kept)[STARTED];
  if (started === undefined) return;
  const { server, postgres, folder } = started;
  // At once: nothing in it is needed any more.
  server.kill('SIGQUIT');
  if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  postgres.release();
  rmSync(folder, { recursive: true, force: true });
}

/** Folders of killed test runs: the process that is part of the name is gone. */
function removeAbandoned(): void {
  for (const name of readdirSync(os.tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || alive(Number(owner))) continue;
    rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true });
  }
}

function alive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
