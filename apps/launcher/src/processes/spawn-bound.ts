import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface BoundProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the kernel sends to the process when this one is gone, even by kill -9. */
  readonly deathSignal: 'TERM' | 'INT' | 'KILL';
  /** Who it runs as; as we do when absent. */
  readonly account?: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Starts a process that cannot outlive this one unnoticed. It leads a session of its own, so that a Ctrl-C in the
 * terminal reaches only the launcher, which stops everything in order. Output comes by pipes. Throws when it cannot start.
 */
export async function spawnBound(bound: BoundProcess): Promise<ChildProcess> {
  const child = spawn('setpriv', ['--pdeathsig', bound.deathSignal, '--', bound.command, ...bound.args], {
    cwd: bound.cwd,
    env: bound.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(bound.account ? { uid: bound.account.uid, gid: bound.account.gid } : {}),
  });
  await once(child, 'spawn');
  return child;
}
