import { type ChildProcess, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { endLeftovers } from '../processes/end-leftovers.js';
import { processesIn } from '../processes/proc.js';
import { spawnBound } from '../processes/spawn-bound.js';
import { Refusal } from '../refusal.js';
import { FileLock } from '../system/lock.js';
import { postgresBinaries } from './binaries.js';
import { type Credentials, credentialsOf, withFreePort } from './credentials.js';
import { dataIn, type Placement, placePostgres } from './placement.js';

const SUPERUSER = 'saiban';
const DATABASE = 'saiban';
const CONNECT_EVERY_MS = 100;
/** A server that a killed launcher left is already stopping in order. */
const SHUTDOWN_WITHIN_MS = 30_000;
/** What a killed server left notices by itself. */
const ORPHANS_WITHIN_MS = 3_000;
const IMMEDIATE_WITHIN_MS = 10_000;

/** Durable as Postgres comes: fsync and synchronous_commit stay on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No socket: its path may be at most 107 bytes long, and a checkout may lie deeper.
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
};

export interface PostgresOptions {
  /** SAIBAN_DATA: absolute, exists. */
  readonly siteFolder: string;
  /** Added to ours, or instead of them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where databases lie that cannot lie in the site's folder. */
  readonly farFolder?: string;
}

/**
 * A Postgres of our own, from the binaries in node_modules. The launcher is its parent, so it dies with the launcher;
 * what a killed launcher left is ended before the next start, which never shares a database with a stranger.
 */
export class EmbeddedPostgres {
  private constructor(
    readonly placement: Placement,
    private readonly binaries: string,
    private readonly credentials: Credentials,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly lock: FileLock,
  ) {}

  /** Chooses place, user and port, and makes the database cluster at the first start. Throws Refusal. */
  static async prepare(options: PostgresOptions): Promise<EmbeddedPostgres> {
    const { siteFolder } = options;
    const placement = placePostgres(siteFolder, options.farFolder);
    const lock = FileLock.take(path.join(placement.folder, 'lock'), placement.folder);
    try {
      const known = credentialsOf(siteFolder, existsSync(dataIn(placement.folder)));
      const binaries = postgresBinaries(placement);
      await endOldServer(placement);
      if (!existsSync(dataIn(placement.folder))) initialise(placement, binaries, known.password);
      // As late as can be: a port that is free now may soon be someone else's.
      const credentials = await withFreePort(siteFolder, known);
      return new EmbeddedPostgres(placement, binaries, credentials, { ...SETTINGS, ...options.settings }, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get url(): string {
    return this.urlOf(DATABASE);
  }

  /** Starts the server and returns at once: `ready` tells when it answers. */
  async launch(): Promise<ChildProcess> {
    // Its backends outlive a killed server for a moment; two servers on one data folder would destroy it.
    await endOldServer(this.placement);
    const settings = { ...this.settings, port: String(this.credentials.port) };
    return spawnBound({
      command: path.join(this.binaries, 'bin/postgres'),
      args: ['-D', this.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      cwd: '/',
      env: environment(),
      // Fast shutdown.
      deathSignal: 'INT',
      account: this.placement.account,
    });
  }

  /** Waits for a real connection to this very data folder, and makes the database. Throws Refusal when the time is over. */
  async ready(withinMs: number, stop?: AbortSignal): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      stop?.throwIfAborted();
      try {
        return await this.confirm();
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (Date.now() > deadline) {
          const why = `The database did not answer within ${withinMs / 1000} s (${(error as Error).message}).`;
          throw new Refusal(`${why} Its log says more: logs/postgres.log in SAIBAN_DATA.`, { cause: error });
        }
      }
      await sleep(CONNECT_EVERY_MS, undefined, stop ? { signal: stop } : {}).catch(() => undefined);
    }
  }

  /** Gives the folder free for another launcher; the server must have ended. */
  release(): void {
    this.lock.release();
  }

  get data(): string {
    return dataIn(this.placement.folder);
  }

  private urlOf(database: string): string {
    return `postgresql://${SUPERUSER}:${this.credentials.password}@127.0.0.1:${this.credentials.port}/${database}`;
  }

  private async confirm(): Promise<void> {
    const client = new pg.Client({ connectionString: this.urlOf('postgres'), connectionTimeoutMillis: 2_000 });
    // A connection that breaks between two queries must not end the launcher.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
      if (rows[0]?.folder !== this.data) {
        throw new Refusal(
          `Port ${this.credentials.port} belongs to another database (${rows[0]?.folder}). Start again.`,
        );
      }
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    } finally {
      await client.end();
    }
  }
}

const environment = () => ({ PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' });

/** Every process of a server, and no other, works in its data folder: surer than a process id in a stale file. */
async function endOldServer(placement: Placement): Promise<void> {
  const data = dataIn(placement.folder);
  if (!existsSync(data)) return;
  const folder = realpathSync(data);
  const all = () => processesIn(folder);
  const server = all().filter((id) => id === recordedServer(data));
  await endLeftovers('Database processes', all, [
    // Only to the server itself: to its helpers the same signal means other things.
    server.length > 0
      ? { signal: 'SIGINT', to: server, withinMs: SHUTDOWN_WITHIN_MS }
      : { signal: null, withinMs: ORPHANS_WITHIN_MS },
    { signal: 'SIGQUIT', withinMs: IMMEDIATE_WITHIN_MS },
    { signal: 'SIGKILL', withinMs: IMMEDIATE_WITHIN_MS },
  ]);
  // Its process id may by now belong to someone else, whom Postgres would take for a running server.
  rmSync(path.join(data, 'postmaster.pid'), { force: true });
}

/** The first line of postmaster.pid; null when there is none. */
function recordedServer(data: string): number | null {
  const file = path.join(data, 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : null;
}

/** Makes the cluster beside and renames it, so that a killed first start leaves none that looks whole. */
function initialise(placement: Placement, binaries: string, password: string): void {
  const { folder, account } = placement;
  const unfinished = path.join(folder, 'data.new');
  const passwordFile = path.join(folder, 'password.new');
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (account !== null) for (const made of [unfinished, passwordFile]) chownSync(made, account.uid, account.gid);
  try {
    const args = ['-D', unfinished, '-U', SUPERUSER, '--pwfile', passwordFile, '-A', 'scram-sha-256'];
    const { status, stderr, error } = spawnSync(
      path.join(binaries, 'bin/initdb'),
      [...args, '-E', 'UTF8', '--locale=C', '--no-instructions'],
      { cwd: '/', env: environment(), encoding: 'utf8', ...(account ? { uid: account.uid, gid: account.gid } : {}) },
    );
    if (status !== 0) throw initFailure(folder, error?.message ?? stderr);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, dataIn(folder));
}

function initFailure(folder: string, output: string): Error {
  if (/No space left/i.test(output)) {
    return new Refusal(`The disk that holds ${folder} is full: the database could not be made. Free some space.`);
  }
  return new Error(`The database could not be made in ${folder}: ${output.trim()}`);
}
