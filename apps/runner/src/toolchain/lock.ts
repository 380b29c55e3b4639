import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { ToolchainError } from './toolchain.js';

/** Longer than any install. */
const LOCK_DEADLINE_MS = 70 * 60_000;

/**
 * Works while nobody else changes the folder's trees. The lock is the kernel's, on an open file: it ends with the last
 * process that holds the descriptor, so a killed holder blocks nobody. `onWait` is called once when there is another.
 */
export async function withLock<T>(
  toolchainFolder: string,
  onWait: () => void,
  work: (lockFd: number) => Promise<T>,
): Promise<T> {
  mkdirSync(toolchainFolder, { recursive: true });
  const fd = openSync(path.join(toolchainFolder, 'lock'), 'a', 0o644);
  try {
    if (!(await flock(fd, ['--nonblock']))) {
      onWait();
      const taken = await flock(fd, ['--timeout', String(LOCK_DEADLINE_MS / 1000)]);
      if (!taken)
        throw new ToolchainError('TOOLCHAIN_BUSY', `another install holds ${toolchainFolder}/lock. Wait for it.`);
    }
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Locks our own open file through a child that shares it. False when somebody else has it. */
async function flock(fd: number, options: readonly string[]): Promise<boolean> {
  const child = spawn('flock', ['--exclusive', '--conflict-exit-code', '75', ...options, '3'], {
    stdio: ['ignore', 'ignore', 'inherit', fd],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0 && code !== 75) throw new ToolchainError('LOCK_FAILED', `flock ended with ${code}.`);
  return code === 0;
}
