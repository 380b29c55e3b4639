import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** SAIBAN_DATA/keys: secrets of this machine, one per file, for their owner's eyes only. */
export interface Keys {
  readonly folder: string;
}

export type KeyName = 'first-password' | 'admin-token';

export const keysOf = (dataFolder: string): Keys => ({ folder: path.join(dataFolder, 'keys') });

const fileOf = (keys: Keys, name: KeyName) => path.join(keys.folder, name);

export function readKey(keys: Keys, name: KeyName): string | null {
  const file = fileOf(keys, name);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

export function writeKey(keys: Keys, name: KeyName, value: string): void {
  mkdirSync(keys.folder, { recursive: true, mode: 0o700 });
  const file = fileOf(keys, name);
  writeFileSync(`${file}.new`, `${value}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export const removeKey = (keys: Keys, name: KeyName) => rmSync(fileOf(keys, name), { force: true });
