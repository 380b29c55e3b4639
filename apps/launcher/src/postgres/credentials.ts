import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, listenError } from '../system/ports.js';
import { Refusal } from '../refusal.js';

/** How to reach the embedded database; kept in SAIBAN_DATA for its owner's eyes only. */
export interface Credentials {
  readonly port: number;
  readonly password: string;
}

/** Ports to choose from: away from 5432, which another Postgres may want, and below those the kernel gives to connections. */
const FIRST_PORT = 25_432;
const PORTS = 200;
const PORT_TRIES = 50;

const fileOf = (siteFolder: string) => path.join(siteFolder, 'keys', 'postgres.json');

/** Made at the first start. Throws Refusal when a database exists whose credentials are lost. */
export function credentialsOf(siteFolder: string, databaseExists: boolean): Credentials {
  const file = fileOf(siteFolder);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  if (databaseExists) {
    throw new Refusal(`${file} is missing, and with it the password of the database. Restore it from a backup.`);
  }
  return save(siteFolder, { port: somePort(), password: randomBytes(24).toString('base64url') });
}

/** The same, with a port that is free now: the remembered one if nobody took it. */
export async function withFreePort(siteFolder: string, credentials: Credentials): Promise<Credentials> {
  if ((await listenError(credentials.port, '127.0.0.1')) === null) return credentials;
  return save(siteFolder, { ...credentials, port: await freePort(somePort(), PORT_TRIES) });
}

/** Not the first free one: sites that start at the same time would all choose it. */
const somePort = () => FIRST_PORT + randomInt(PORTS);

function save(siteFolder: string, credentials: Credentials): Credentials {
  const file = fileOf(siteFolder);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(credentials), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return credentials;
}
