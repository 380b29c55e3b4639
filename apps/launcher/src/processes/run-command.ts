import { spawn } from 'node:child_process';

export interface CommandOutcome {
  readonly code: number;
  /** The last part of what it printed, output and errors together. */
  readonly output: string;
}

const KEPT_CHARACTERS = 64 * 1024;
const KILL_AFTER_MS = 5_000;

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command; the promise then rejects with the signal's reason. */
  readonly stop?: AbortSignal;
  /** Each line as it comes, of output and of errors. */
  readonly onLine?: (line: string) => void;
}

/** Runs a command to its end. Throws when it cannot start or is stopped; its exit code is the caller's to judge. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, stop, onLine }: CommandOptions = {},
): Promise<CommandOutcome> {
  stop?.throwIfAborted();
  // In a session of its own: a Ctrl-C reaches it through us, once, and all it started can be ended together.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
  let output = '';
  const lines = new LineSplitter((line) => onLine?.(line));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_CHARACTERS);
      lines.push(text);
    });
  }
  const group = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const end = () => {
    group('SIGTERM');
    setTimeout(() => group('SIGKILL'), KILL_AFTER_MS).unref();
  };
  stop?.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    stop?.throwIfAborted();
    return { code, output };
  } finally {
    stop?.removeEventListener('abort', end);
  }
}

/** Puts chunks together to whole lines. */
export class LineSplitter {
  private rest = '';

  constructor(private readonly take: (line: string) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }
}
