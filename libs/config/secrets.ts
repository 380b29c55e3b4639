import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The secret that opens the runner's superset. Made at the first start; the file is readable by its owner only.
 * Worker and runner of one host share the data folder and so the secret.
 */
export function runnerSecret(dataFolder: string): string {
  const file = path.join(dataFolder, 'keys', 'runner-secret');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) make(file);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32) throw new Error(`${file} holds no secret. Delete it and start again.`);
  return secret;
}

/** Whole or not at all: a process killed here, or a full disk, must not leave an empty file that every start stumbles over. */
function make(file: string): void {
  const unfinished = `${file}.${process.pid}.new`;
  try {
    writeFileSync(unfinished, randomBytes(32).toString('base64url'), { mode: 0o600 });
    // Unlike a rename it fails when the file is there: of two processes that start together one makes it.
    linkSync(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}
