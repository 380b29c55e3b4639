import os from 'node:os';
import path from 'node:path';

/** A token bucket: `burst` at once, then `perMinute` a minute. */
export interface RateLimit {
  readonly burst: number;
  readonly perMinute: number;
}

/** Layers of the sandbox that can be switched off. */
export const SANDBOX_LAYERS = ['seccomp', 'cgroup', 'netns', 'pidns', 'readonly', 'userns'] as const;
export type SandboxLayer = (typeof SANDBOX_LAYERS)[number];

export type Registration = 'open' | 'invite' | 'closed';

/**
 * Every setting of Saiban. The environment is read here and nowhere else; the README lists the same names.
 * Units stand last in a name.
 */
export interface Config {
  /** PORT, 3000: where the api listens, on all addresses. */
  readonly port: number;
  /** RUNNER_PORT, 3001: where the runner listens. */
  readonly runnerPort: number;
  /** RUNNER_HOST, 127.0.0.1: the address the runner binds. */
  readonly runnerHost: string;
  /** SAIBAN_DATA, `.saiban` in the checkout: database, keys, caches. Absolute. */
  readonly dataFolder: string;
  /** SAIBAN_TOOLCHAIN, `saiban/toolchain` in the user's cache folder: the compilers' trees. Absolute. */
  readonly toolchainFolder: string;
  /** SAIBAN_LANGUAGES, all: ids of the languages to install and offer; null for all. */
  readonly languages: readonly string[] | null;
  /** DATABASE_URL, none: a Postgres to use instead of the embedded one. */
  readonly databaseUrl: string | null;
  /** REDIS_URL, none: a Redis for the queue, needed only for many machines. */
  readonly redisUrl: string | null;
  /** PAIZA_URL, our own runner: base URL of a server with the paiza `runners` API, without a trailing slash. */
  readonly paizaUrl: string;
  /** PAIZA_API_KEY, guest. */
  readonly paizaApiKey: string;
  /** REGISTRATION, open: who may register. */
  readonly registration: Registration;
  /** TRUST_PROXY, none: addresses or networks of reverse proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  /** ADMIN_USERNAME, admin: made at the first start. */
  readonly adminUsername: string;
  /** ADMIN_PASSWORD, generated and shown once. */
  readonly adminPassword: string | null;
  /** RATE_*_BURST and RATE_*_PER_MINUTE. */
  readonly rates: {
    /** Per user; staff of the problem and admins are not limited. 5, 6. */
    readonly submit: RateLimit;
    /** Free runs per user. 10, 30. */
    readonly run: RateLimit;
    /** Per address: a whole school may share one. 100, 60. */
    readonly register: RateLimit;
    /** Failed logins per address. 30, 10. */
    readonly failedLogin: RateLimit;
    /** Creates of paiza clients at the runner, per address. 30, 60. */
    readonly guest: RateLimit;
  };
  /** SAIBAN_UNSAFE_SANDBOX_WITHOUT, none: layers of the sandbox to do without, where a host does not have them. */
  readonly unsafeSandboxWithout: readonly SandboxLayer[];
  /** RUNNER_BLOB_CACHE_MIB, 4096: inputs of test cases that the runner keeps on disk. */
  readonly blobCacheBytes: number;
  /** RUNNER_GUEST_TIME_LIMIT_MS, 10000: CPU time after which a guest's program is too late. */
  readonly guestTimeLimitMs: number;
  /** RUNNER_BUILD_CACHE_MIB, 2048: built programs that the runner keeps on disk. */
  readonly buildCacheBytes: number;
  /** JUDGE_LEASE_MS, 15000: how long a worker owns a judgement without renewing. */
  readonly judgeLeaseMs: number;
  /** JUDGE_SWEEP_MS, 5000: how often a worker looks for judgements that fell out of the queue. */
  readonly judgeSweepMs: number;
  /** HEARTBEAT_MS, 5000: how often a worker reports itself. */
  readonly heartbeatMs: number;
  /** EVENTS_COMMENT_MS, 15000: how often an event stream says that it lives and reads its row again. */
  readonly eventsCommentMs: number;
}

const MIB = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used. The message names it and what to type. */
export class ConfigError extends Error {}

/** Reads and checks the settings. Throws ConfigError. */
export function readConfig(env: Environment = process.env, cwd = process.cwd()): Config {
  const runnerHost = text(env, 'RUNNER_HOST') ?? '127.0.0.1';
  const runnerPort = port(env, 'RUNNER_PORT', 3001);
  return Object.freeze<Config>({
    port: port(env, 'PORT', 3000),
    runnerPort,
    runnerHost,
    dataFolder: path.resolve(cwd, text(env, 'SAIBAN_DATA') ?? '.saiban'),
    toolchainFolder: path.resolve(cwd, text(env, 'SAIBAN_TOOLCHAIN') ?? path.join(userCache(env), 'saiban/toolchain')),
    languages: list(env, 'SAIBAN_LANGUAGES'),
    databaseUrl: url(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: url(env, 'REDIS_URL', ['redis:', 'rediss:']),
    paizaUrl: (url(env, 'PAIZA_URL', ['http:', 'https:']) ?? `http://${connectable(runnerHost)}:${runnerPort}`).replace(
      /\/+$/,
      '',
    ),
    paizaApiKey: text(env, 'PAIZA_API_KEY') ?? 'guest',
    registration: oneOf(env, 'REGISTRATION', ['open', 'invite', 'closed']),
    trustProxy: list(env, 'TRUST_PROXY') ?? Object.freeze([]),
    adminUsername: text(env, 'ADMIN_USERNAME') ?? 'admin',
    adminPassword: text(env, 'ADMIN_PASSWORD'),
    rates: Object.freeze({
      submit: rate(env, 'RATE_SUBMIT', 5, 6),
      run: rate(env, 'RATE_RUN', 10, 30),
      register: rate(env, 'RATE_REGISTER', 100, 60),
      failedLogin: rate(env, 'RATE_FAILED_LOGIN', 30, 10),
      guest: rate(env, 'RATE_GUEST', 30, 60),
    }),
    unsafeSandboxWithout: someOf(env, 'SAIBAN_UNSAFE_SANDBOX_WITHOUT', SANDBOX_LAYERS),
    blobCacheBytes: whole(env, 'RUNNER_BLOB_CACHE_MIB', 4096, 1, 1_048_576) * MIB,
    guestTimeLimitMs: whole(env, 'RUNNER_GUEST_TIME_LIMIT_MS', 10_000, 100, 60_000),
    buildCacheBytes: whole(env, 'RUNNER_BUILD_CACHE_MIB', 2048, 1, 1_048_576) * MIB,
    judgeLeaseMs: whole(env, 'JUDGE_LEASE_MS', 15_000, 500, 600_000),
    judgeSweepMs: whole(env, 'JUDGE_SWEEP_MS', 5_000, 100, 600_000),
    heartbeatMs: whole(env, 'HEARTBEAT_MS', 5_000, 100, 10_000),
    eventsCommentMs: whole(env, 'EVENTS_COMMENT_MS', 15_000, 100, 60_000),
  });
}

function text(env: Environment, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

function list(env: Environment, name: string): readonly string[] | null {
  const value = text(env, name);
  if (value === null) return null;
  const items = value.split(',').map((item) => item.trim());
  return Object.freeze(items.filter((item) => item !== ''));
}

function someOf<T extends string>(env: Environment, name: string, values: readonly T[]): readonly T[] {
  const items = list(env, name) ?? [];
  const wrong = items.find((item) => !values.some((value) => value === item));
  if (wrong !== undefined) throw new ConfigError(`${name} may name ${values.join(', ')}, not "${wrong}".`);
  return Object.freeze(values.filter((value) => items.includes(value)));
}

function whole(env: Environment, name: string, fallback: number, least: number, most: number): number {
  const value = text(env, name);
  if (value === null) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, not "${value}".`);
  }
  return number;
}

const port = (env: Environment, name: string, fallback: number) => whole(env, name, fallback, 1, 65_535);

function rate(env: Environment, prefix: string, burst: number, perMinute: number): RateLimit {
  return Object.freeze({
    burst: whole(env, `${prefix}_BURST`, burst, 1, 1_000_000),
    perMinute: whole(env, `${prefix}_PER_MINUTE`, perMinute, 1, 1_000_000),
  });
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly [T, ...T[]]): T {
  const value = text(env, name) ?? values[0];
  const found = values.find((known) => known === value);
  if (found === undefined) throw new ConfigError(`${name} must be one of ${values.join(', ')}, not "${value}".`);
  return found;
}

function url(env: Environment, name: string, protocols: readonly string[]): string | null {
  const value = text(env, name);
  if (value === null) return null;
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    throw new ConfigError(`${name} must be a URL that starts with ${protocols.join('// or ')}//.`);
  }
  return value;
}

/** The host of a URL to connect to, given an address to bind. */
function connectable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

const userCache = (env: Environment) => text(env, 'XDG_CACHE_HOME') ?? path.join(os.homedir(), '.cache');
