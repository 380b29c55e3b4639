import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Config, ConfigError, readConfig } from './config.js';

const CHECKOUT = '/srv/saiban';
const read = (env: Record<string, string> = {}): Config => readConfig(env, CHECKOUT);

describe('the settings', () => {
  it('have the defaults that the README lists', () => {
    expect(read()).toEqual({
      port: 3000,
      runnerPort: 3001,
      runnerHost: '127.0.0.1',
      dataFolder: '/srv/saiban/.saiban',
      toolchainFolder: path.join(os.homedir(), '.cache/saiban/toolchain'),
      languages: null,
      databaseUrl: null,
      redisUrl: null,
      paizaUrl: 'http://127.0.0.1:3001',
      paizaApiKey: 'guest',
      registration: 'open',
      trustProxy: [],
      adminUsername: 'admin',
      adminPassword: null,
      rates: {
        submit: { burst: 5, perMinute: 6 },
        run: { burst: 10, perMinute: 30 },
        register: { burst: 100, perMinute: 60 },
        failedLogin: { burst: 30, perMinute: 10 },
        guest: { burst: 30, perMinute: 60 },
      },
      unsafeSandboxWithout: [],
      blobCacheBytes: 4 * 1024 ** 3,
      guestTimeLimitMs: 10_000,
      buildCacheBytes: 2 * 1024 ** 3,
      judgeLeaseMs: 15_000,
      judgeSweepMs: 5_000,
      heartbeatMs: 5_000,
      eventsCommentMs: 15_000,
    });
  });

  it.each<[name: string, value: string, expected: Partial<Config>]>([
    ['SAIBAN_UNSAFE_SANDBOX_WITHOUT', 'netns, seccomp', { unsafeSandboxWithout: ['seccomp', 'netns'] }],
    ['PORT', '8080', { port: 8080 }],
    ['PORT', ' 8080 ', { port: 8080 }],
    ['PORT', '', { port: 3000 }],
    ['SAIBAN_DATA', 'elsewhere', { dataFolder: '/srv/saiban/elsewhere' }],
    ['SAIBAN_DATA', '/var/lib/x', { dataFolder: '/var/lib/x' }],
    ['SAIBAN_TOOLCHAIN', '/opt/tree', { toolchainFolder: '/opt/tree' }],
    ['XDG_CACHE_HOME', '/cache', { toolchainFolder: '/cache/saiban/toolchain' }],
    ['SAIBAN_LANGUAGES', 'c, cpp,,java ', { languages: ['c', 'cpp', 'java'] }],
    ['SAIBAN_LANGUAGES', '  ', { languages: null }],
    ['DATABASE_URL', 'postgres://u:p@db/x', { databaseUrl: 'postgres://u:p@db/x' }],
    ['REDIS_URL', 'rediss://cache:6380/1', { redisUrl: 'rediss://cache:6380/1' }],
    ['RUNNER_PORT', '4001', { runnerPort: 4001, paizaUrl: 'http://127.0.0.1:4001' }],
    ['RUNNER_HOST', '0.0.0.0', { runnerHost: '0.0.0.0', paizaUrl: 'http://127.0.0.1:3001' }],
    ['RUNNER_HOST', '10.0.0.7', { runnerHost: '10.0.0.7', paizaUrl: 'http://10.0.0.7:3001' }],
    ['RUNNER_HOST', '::1', { runnerHost: '::1', paizaUrl: 'http://[::1]:3001' }],
    ['PAIZA_URL', 'https://api.paiza.io//', { paizaUrl: 'https://api.paiza.io' }],
    ['TRUST_PROXY', '10.0.0.0/8,::1', { trustProxy: ['10.0.0.0/8', '::1'] }],
    ['REGISTRATION', 'closed', { registration: 'closed' }],
    ['RUNNER_BLOB_CACHE_MIB', '1', { blobCacheBytes: 1024 ** 2 }],
    ['RUNNER_GUEST_TIME_LIMIT_MS', '3000', { guestTimeLimitMs: 3000 }],
    ['RUNNER_BUILD_CACHE_MIB', '3', { buildCacheBytes: 3 * 1024 ** 2 }],
    ['JUDGE_LEASE_MS', '500', { judgeLeaseMs: 500 }],
  ])('%s=%j is understood', (name, value, expected) => {
    expect(read({ [name]: value })).toMatchObject(expected);
  });

  it('read each rate by its own two names', () => {
    const { rates } = read({ RATE_SUBMIT_BURST: '50', RATE_FAILED_LOGIN_PER_MINUTE: '1' });
    expect(rates.submit).toEqual({ burst: 50, perMinute: 6 });
    expect(rates.failedLogin).toEqual({ burst: 30, perMinute: 1 });
  });

  it.each<[name: string, value: string, told: string]>([
    ['PORT', '0', 'PORT must be a whole number from 1 to 65535, not "0".'],
    ['PORT', '65536', 'from 1 to 65535'],
    ['PORT', '3000.5', 'PORT must be a whole number'],
    ['PORT', 'http', 'not "http"'],
    ['RUNNER_PORT', '-1', 'RUNNER_PORT must be'],
    ['DATABASE_URL', 'mysql://db/x', 'DATABASE_URL must be a URL that starts with postgres:// or postgresql://.'],
    ['DATABASE_URL', 'db/x', 'DATABASE_URL must be a URL'],
    ['REDIS_URL', 'http://cache', 'REDIS_URL must be a URL that starts with redis:// or rediss://.'],
    ['PAIZA_URL', 'ftp://x', 'PAIZA_URL must be a URL that starts with http:// or https://.'],
    ['REGISTRATION', 'Open', 'REGISTRATION must be one of open, invite, closed, not "Open".'],
    ['RATE_SUBMIT_BURST', '0', 'RATE_SUBMIT_BURST must be a whole number from 1 to'],
    ['RATE_RUN_PER_MINUTE', '1e9', 'RATE_RUN_PER_MINUTE must be'],
    ['JUDGE_LEASE_MS', '499', 'JUDGE_LEASE_MS must be a whole number from 500 to'],
    ['JUDGE_SWEEP_MS', 'soon', 'JUDGE_SWEEP_MS must be'],
    ['EVENTS_COMMENT_MS', '60001', 'EVENTS_COMMENT_MS must be a whole number from 100 to 60000'],
    ['HEARTBEAT_MS', '10001', 'HEARTBEAT_MS must be a whole number from 100 to 10000'],
  ])('%s=%s is refused with a sentence that names it', (name, value, told) => {
    expect(() => read({ [name]: value })).toThrow(ConfigError);
    expect(() => read({ [name]: value })).toThrow(told);
  });

  it('never show a password of a URL that is refused', () => {
    expect(() => read({ DATABASE_URL: 'mysql://user:hunter2@db/x' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('cannot be changed afterwards', () => {
    const config = read();
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.rates.submit, { burst: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.trustProxy, ['0.0.0.0/0'])).toThrow(TypeError);
  });

  it('are all in the table of the README, and nothing else is', () => {
    const asked = new Set<string>();
    const spy = new Proxy<Record<string, string>>({}, { get: (_, name) => void asked.add(String(name)) });
    readConfig(spy, CHECKOUT);
    // Not ours, only followed.
    asked.delete('XDG_CACHE_HOME');
    const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
    const [, table = ''] = /^## Settings$(.*?)^## /ms.exec(readme) ?? [];
    const firstCells = table.split('\n').map((line) => /^\| (`.*?`) +\|/.exec(line)?.[1] ?? '');
    const listed = firstCells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
    expect(new Set(listed)).toEqual(asked);
  });
});
