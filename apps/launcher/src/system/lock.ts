import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Refusal } from '../refusal.js';

/** A launcher that is just stopping is worth waiting for. */
const WAIT_SECONDS = 3;

/**
 * One launcher per file. The kernel holds the lock on the open file and drops it when this process ends, however it
 * ends. Returns the function that releases it. Throws Refusal when another one holds it.
 */
export function lockFile(file: string, what: string): () => void {
  const descriptor = openSync(file, 'a+', 0o600);
  const { status, error } = spawnSync('flock', ['--timeout', String(WAIT_SECONDS), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error) throw new Refusal(`The command flock (package util-linux) does not start: ${error.message}`);
  if (status !== 0) {
    const holder = readFileSync(file, 'utf8').trim();
    closeSync(descriptor);
    throw new Refusal(
      `Saiban already runs on ${what} (process ${holder}). Stop it, or set SAIBAN_DATA to another folder.`,
    );
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, String(process.pid));
  return () => closeSync(descriptor);
}
