import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from './proc.js';
import type { RotatingLog } from './rotating-log.js';

export interface Program {
  readonly name: string;
  /** Starts it, and again each time it has died. */
  launch(): Promise<ChildProcess>;
  /** Asks it to end in order. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopWithinMs: number;
  /** Ends it when it has not. */
  readonly killSignal: NodeJS.Signals;
  /** Whether people see on the terminal what it prints as errors, or only the log does. */
  readonly echoErrors: boolean;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Whoever ran this long starts anew from the first pause. */
const STEADY_MS = 60_000;
/** After these deaths in a row only each tenth is reported. */
const REPORTED_DEATHS = 3;
const KILL_WITHIN_MS = 5_000;
/** Lines of errors that reach the terminal, per program and window; the log has all. */
const ECHO_LINES = 20;
const ECHO_WINDOW_MS = 10_000;

/** Keeps one program running: what it prints goes to its log, and when it dies it is started again, ever more patiently. */
export class Supervised {
  private child: ChildProcess | null = null;
  private readonly stopping = new AbortController();
  private life: Promise<void> | null = null;
  private echoed = { since: 0, lines: 0 };

  constructor(
    private readonly program: Program,
    private readonly log: RotatingLog,
    private readonly say: (line: string) => void,
  ) {}

  /** Its id while it runs. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  start(): void {
    this.life ??= this.keepRunning();
  }

  /** Ends it within bounds: in order, or at once when `hurry` is aborted. */
  async stop(hurry: AbortSignal): Promise<void> {
    this.stopping.abort();
    if (this.life === null) return;
    const { stopSignal, stopWithinMs, killSignal, name } = this.program;
    this.signal(hurry.aborted ? killSignal : stopSignal);
    if (await this.endedWithin(stopWithinMs, hurry)) return;
    if (!hurry.aborted) this.say(`${name} did not stop within ${stopWithinMs / 1000} s; ending it.`);
    this.signal(killSignal);
    if (await this.endedWithin(KILL_WITHIN_MS)) return;
    this.signal('SIGKILL');
    await this.endedWithin(KILL_WITHIN_MS);
  }

  private async keepRunning(): Promise<void> {
    for (let deaths = 1; !this.stopping.signal.aborted; deaths++) {
      const startedAt = Date.now();
      const end = await this.live();
      if (this.stopping.signal.aborted) return;
      if (Date.now() - startedAt >= STEADY_MS) deaths = 1;
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (deaths - 1), LONGEST_PAUSE_MS);
      const note = `${this.program.name} ${end}; starting it again in ${pauseMs / 1000} s (log: ${this.log.file}).`;
      this.log.write(`-- ${new Date().toISOString()} ${note}\n`);
      if (deaths <= REPORTED_DEATHS || deaths % 10 === 0) this.say(note);
      await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** From launch to death; says how it ended. */
  private async live(): Promise<string> {
    try {
      const child = await this.program.launch();
      this.child = child;
      // Stopped while it was launching: nobody has told this child yet.
      if (this.stopping.signal.aborted) this.signal(this.program.stopSignal);
      child.stdout?.on('data', (chunk: Buffer) => this.log.write(chunk));
      child.stderr?.on('data', (chunk: Buffer) => this.takeErrors(chunk));
      const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      this.endGroup(child);
      return by === null ? `ended with exit code ${code}` : `was ended by ${by}`;
    } catch (error) {
      return `did not start: ${(error as Error).message}`;
    } finally {
      this.child = null;
    }
  }

  private takeErrors(chunk: Buffer): void {
    this.log.write(chunk);
    if (!this.program.echoErrors) return;
    for (const line of chunk.toString('utf8').split('\n')) if (line.trim() !== '') this.echo(line);
  }

  private echo(line: string): void {
    if (Date.now() - this.echoed.since > ECHO_WINDOW_MS) this.echoed = { since: Date.now(), lines: 0 };
    this.echoed.lines++;
    if (this.echoed.lines < ECHO_LINES) this.say(`[${this.program.name}] ${line}`);
    else if (this.echoed.lines === ECHO_LINES) this.say(`[${this.program.name}] … more in ${this.log.file}`);
  }

  private signal(name: NodeJS.Signals): void {
    if (this.child?.pid !== undefined) signal(this.child.pid, name);
  }

  /** What a dead program left in its process group ends with it: nothing else would end it. */
  private endGroup(child: ChildProcess): void {
    if (child.pid !== undefined) signal(-child.pid, 'SIGKILL');
  }

  private async endedWithin(ms: number, hurry?: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const signals = hurry ? AbortSignal.any([over.signal, hurry]) : over.signal;
    const ended = this.life?.then(() => true) ?? true;
    const late = sleep(ms, false, { signal: signals }).catch(() => false);
    const outcome = await Promise.race([ended, late]);
    over.abort();
    return outcome;
  }
}
