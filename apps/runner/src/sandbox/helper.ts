import { type ChildProcess, spawn } from 'node:child_process';
import { getSystemErrorName } from 'node:util';
import {
  BrokenFrame,
  encodeCancel,
  encodeConfig,
  encodeRun,
  FrameReader,
  type HelperConfig,
  type HelperFrame,
  type ProgramFrame,
} from './frames.js';
import { SandboxFault } from './sandbox.js';

const ENDING_MS = 10_000;
const PACKING_MS = 60_000;
const START_TIMEOUT_MS = 30_000;
/** What the helper itself may say, which it does not, but the sanitizers do. */
const KEPT_CHARACTERS = 4_000;

export type HelperResult = Extract<HelperFrame, { type: 'result' }>;

interface Waiting {
  /** Null while the helper starts. */
  readonly id: number | null;
  readonly resolve: (frame: HelperFrame) => void;
  readonly reject: (fault: SandboxFault) => void;
}

/** One process of apps/runner/native: runs one thing at a time until it dies, and then is dead for good. */
export class Helper {
  private readonly child: ChildProcess;
  private readonly frames = new FrameReader();
  private waiting: Waiting | null = null;
  private death: SandboxFault | null = null;
  private complaint = '';
  private lastId = 0;
  readonly gone: Promise<void>;

  private constructor(program: string) {
    // A group of its own: Ctrl-C is for us, the helper ends when its pipe does.
    // Its own path would show in /proc/*/cmdline.
    const options = { argv0: 'sandbox', env: {}, cwd: '/', detached: true } as const;
    this.child = spawn(program, [], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    this.gone = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.die(`it ended (${signal ?? `exit code ${code}`}) ${this.complaint}`);
        resolve();
      });
    });
    this.child.once('error', (error) => this.die(String(error)));
    this.child.stdin?.on('error', (error) => this.die(String(error)));
    this.child.stdout?.on('data', (chunk: Buffer) => this.hear(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString('latin1')).slice(0, KEPT_CHARACTERS);
    });
  }

  /** Throws SandboxFault when it does not get ready. */
  static async start(program: string, config: HelperConfig): Promise<Helper> {
    const helper = new Helper(program);
    const timer = setTimeout(() => helper.kill('it does not get ready'), START_TIMEOUT_MS);
    try {
      const answer = await helper.ask(null, encodeConfig(config));
      if (answer.type !== 'ready') throw new SandboxFault(`helper: ${answer.type} instead of ready`);
      return helper;
    } catch (error) {
      helper.kill('it did not start');
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isDead(): boolean {
    return this.death !== null;
  }

  /** Throws SandboxFault, after which the helper is dead; the signal's reason once the programs are. */
  async run(programs: readonly ProgramFrame[], signal: AbortSignal): Promise<HelperResult> {
    const id = (this.lastId = (this.lastId + 1) % 2 ** 32);
    const request = encoded(id, programs);
    signal.throwIfAborted();
    const cancel = () => this.send(encodeCancel(id));
    signal.addEventListener('abort', cancel, { once: true });
    const overdue = setTimeout(() => this.giveUp(id), deadlineMs(programs));
    try {
      const answer = await this.ask(id, request);
      if (answer.type === 'cancelled') signal.throwIfAborted();
      if (answer.type !== 'result') throw new SandboxFault(`helper: ${answer.type} instead of a result`);
      return answer;
    } finally {
      clearTimeout(overdue);
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Everything in the slot dies. */
  kill(why: string): void {
    this.die(why);
    this.child.kill('SIGKILL');
  }

  /** Ends in order. */
  async close(): Promise<void> {
    this.die('it is closed');
    this.child.stdin?.end();
    await this.gone;
  }

  /** A helper that hangs would keep its slot, and whoever waits for the run, for ever. */
  private giveUp(id: number): void {
    // After the next look at the pipe: when it is we who stood still, the answer lies there.
    setImmediate(() => {
      if (this.waiting?.id === id) this.kill('it does not answer in time');
    });
  }

  private ask(id: number | null, request: Buffer): Promise<HelperFrame> {
    if (this.death) return Promise.reject(this.death);
    if (this.waiting) return Promise.reject(new SandboxFault('a slot runs one thing at a time'));
    return new Promise((resolve, reject) => {
      this.waiting = { id, resolve, reject };
      this.send(request);
    });
  }

  private send(bytes: Buffer): void {
    if (!this.death) this.child.stdin?.write(bytes);
  }

  private hear(chunk: Buffer): void {
    if (this.death) return;
    try {
      for (const frame of this.frames.read(chunk)) this.take(frame);
    } catch (error) {
      this.kill(String(error));
    }
  }

  private take(frame: HelperFrame): void {
    if (frame.type === 'fault') return this.die(`${frame.step}: ${errorName(frame.errno)}`);
    const { waiting } = this;
    if (!waiting || (frame.type === 'ready' ? waiting.id !== null : frame.id !== waiting.id)) {
      return this.kill(`an unexpected ${frame.type}`);
    }
    this.waiting = null;
    waiting.resolve(frame);
  }

  private die(why: string): void {
    this.death ??= new SandboxFault(`helper: ${why.trim()}`);
    this.waiting?.reject(this.death);
    this.waiting = null;
  }
}

/** The helper ends programs at their wall time by itself; then it takes down boxes, or packs what a build has left. */
const deadlineMs = (programs: readonly ProgramFrame[]) =>
  Math.max(...programs.map(({ limits, collect }) => limits.wallTimeUs / 1000 + (collect ? PACKING_MS : ENDING_MS)));

/** What no frame can hold is nothing that a program could be given. Throws SandboxFault. */
function encoded(id: number, programs: readonly ProgramFrame[]): Buffer {
  try {
    return encodeRun(id, programs);
  } catch (cause) {
    if (cause instanceof BrokenFrame) throw new SandboxFault(`not a run: ${cause.message}`, { cause });
    throw cause;
  }
}

function errorName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}
