import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Refusal } from '../refusal.js';

/** Long enough for a holder whose npm was killed to notice it. */
const WAIT_SECONDS = 3;
/** For a holder that says it is stopping: the sum of the bounds of its processes, nearly never used up. */
const STOPPING_WAIT_SECONDS = 90;
const STOPPING = 'stopping';

/** One launcher per file. The kernel drops the lock when this process ends, however it ends. */
export class FileLock {
  private constructor(private readonly descriptor: number) {}

  /** Throws Refusal when another one holds it and is not about to stop. `what` is what the file stands for. */
  static take(file: string, what: string): FileLock {
    const descriptor = openSync(file, 'a+', 0o600);
    if (!flock(descriptor, WAIT_SECONDS)) {
      const [holder = '', state] = readFileSync(file, 'utf8').split(' ');
      if (state !== STOPPING || !flock(descriptor, STOPPING_WAIT_SECONDS)) {
        closeSync(descriptor);
        throw new Refusal(
          `Saiban already runs on ${what} (process ${holder}). Stop it, or set SAIBAN_DATA to another folder.`,
        );
      }
    }
    const lock = new FileLock(descriptor);
    lock.note(String(process.pid));
    return lock;
  }

  /** Lets whoever comes now wait for us. */
  stopping(): void {
    this.note(`${process.pid} ${STOPPING}`);
  }

  release(): void {
    closeSync(this.descriptor);
  }

  private note(text: string): void {
    ftruncateSync(this.descriptor);
    writeSync(this.descriptor, text);
  }
}

/** The lock belongs to the open file, which the command shares with us for as long as it runs. */
function flock(descriptor: number, waitSeconds: number): boolean {
  const { status, error } = spawnSync('flock', ['--timeout', String(waitSeconds), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error) throw new Refusal(`The command flock (package util-linux) does not start: ${error.message}`);
  return status === 0;
}
