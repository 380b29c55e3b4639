import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ABOVE = path.resolve(import.meta.dirname, '../..');
/** The checkout; tests run from their sources, benches from what was built of them. */
export const ROOT = path.basename(ABOVE) === 'dist' ? path.dirname(ABOVE) : ABOVE;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_OUTPUT_CHARACTERS = 20_000;

/** A program of ours as a real process, to be killed in every way. */
export class Child {
  private process: ChildProcess | null = null;
  private output = '';

  constructor(
    private readonly script: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly args: readonly string[] = [],
  ) {}

  start(): void {
    const child = spawn(process.execPath, [path.join(ROOT, 'dist', this.script), ...this.args], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT_CHARACTERS));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.process = child;
  }

  get pid(): number {
    if (!this.process?.pid) throw new Error(`${this.script} is not running.`);
    return this.process.pid;
  }

  get alive(): boolean {
    return this.process !== null && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** What it printed lately, for messages of failing tests. */
  get log(): string {
    return this.output;
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal);
  }

  /** Ends it by the signal and waits until it is gone; by force when it takes too long. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.process || !this.alive) return;
    const gone = once(this.process, 'exit');
    this.process.kill(signal);
    const force = setTimeout(() => this.process?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(force);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until the answer is not null. Throws, with what is waited for and `describe`, when it takes too long. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | null | false>,
  describe: () => string = () => '',
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = '';
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== false) return answer;
    } catch (error) {
      last = error instanceof Error ? error.message : 'something thrown';
    }
    await sleep(50);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}. ${last}\n${describe()}`);
}
