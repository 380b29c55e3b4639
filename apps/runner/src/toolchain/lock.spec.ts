import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { withLock } from './lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process of its own that holds the lock until it is killed. */
async function otherHolder(): Promise<ChildProcess> {
  const holder = spawn('flock', [path.join(folder, 'lock'), '--command', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  if (!holder.stdout) throw new Error('no output');
  await once(holder.stdout, 'data');
  return holder;
}

describe('The lock', () => {
  it('lets one work after the other, and tells the other that it waits', async () => {
    const order: string[] = [];
    const first = withLock(
      folder,
      () => order.push('first waits'),
      async () => {
        order.push('first works');
        await setTimeout(300);
        order.push('first ends');
      },
    );
    await setTimeout(100);
    await withLock(
      folder,
      () => order.push('second waits'),
      async () => {
        order.push('second works');
      },
    );
    await first;
    expect(order).toEqual(['first works', 'second waits', 'first ends', 'second works']);
  });

  it('is free again when the work has thrown', async () => {
    const failing = withLock(
      folder,
      () => undefined,
      () => Promise.reject(new Error('work')),
    );
    await expect(failing).rejects.toThrow('work');
    let waited = false;
    await withLock(
      folder,
      () => (waited = true),
      () => Promise.resolve(),
    );
    expect(waited).toBe(false);
  });

  it('does not stay with a holder that was killed', async () => {
    const holder = await otherHolder();
    let waited = false;
    const working = withLock(
      folder,
      () => (waited = true),
      () => Promise.resolve('worked'),
    );
    await setTimeout(200);
    process.kill(-(holder.pid ?? 0), 'SIGKILL');
    expect(await working).toBe('worked');
    expect(waited).toBe(true);
  });
});
