import { readFileSync } from 'node:fs';
import { processStatus } from './proc.js';

/** npm passes a Ctrl-C on to us that the terminal has sent us already: these two are one. */
const SAME_PRESS_MS = 700;
const NPM_CHECK_MS = 1_000;

/** Somebody wants us to stop: thrown by whatever waits. */
export class Stopped extends Error {}

export interface Interruption {
  /** Aborted by Ctrl-C, SIGTERM, a closed terminal, or the end of the npm that started us. */
  readonly stop: AbortSignal;
  /** Aborted by the second Ctrl-C. */
  readonly hurry: AbortSignal;
}

/** Listens until the process ends. */
export function listenForInterruption(say: (line: string) => void): Interruption {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstAt = 0;
  const press = (why: string) => {
    if (!stop.signal.aborted) {
      firstAt = Date.now();
      say(`${why}: stopping. (Ctrl-C again to hurry.)`);
      stop.abort(new Stopped(why));
    } else if (Date.now() - firstAt > SAME_PRESS_MS) {
      hurry.abort();
    }
  };
  process.on('SIGINT', () => press('Ctrl-C'));
  process.on('SIGTERM', () => press('SIGTERM'));
  if (!hangupIgnored()) process.on('SIGHUP', () => press('The terminal is gone'));
  watchNpm(() => press('npm is gone'));
  return { stop: stop.signal, hurry: hurry.signal };
}

/** Under nohup a closed terminal must change nothing; a handler of ours would undo that. */
function hangupIgnored(): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & 1n) === 1n;
}

/** Who kills npm means us; npm, killed outright, cannot pass it on. Between npm and us there may be a shell. */
function watchNpm(gone: () => void): void {
  const npm = ancestors().find(isNpm);
  if (process.env['npm_lifecycle_event'] === undefined || npm === undefined) return;
  const timer = setInterval(() => {
    if (isNpm(npm)) return;
    clearInterval(timer);
    gone();
  }, NPM_CHECK_MS).unref();
}

/** Parent and grandparent: not further, for another npm may stand far above us. */
const ancestors = (): number[] => [process.ppid, processStatus(process.ppid)?.parent ?? 0];

function isNpm(id: number): boolean {
  const status = processStatus(id);
  return status !== null && status.state !== 'Z' && status.name.startsWith('npm');
}
