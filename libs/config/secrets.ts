import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The secret that opens the runner's superset. Made at the first start; the file is readable by its owner only.
 * Worker and runner of one host share the data folder and so the secret.
 */
export function runnerSecret(dataFolder: string): string {
  const file = path.join(dataFolder, 'keys', 'runner-secret');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two processes that start together one makes the file, the other reads it.
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32) throw new Error(`${file} holds no secret. Delete it and start again.`);
  return secret;
}
