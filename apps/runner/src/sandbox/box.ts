import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { RunStatus } from '#libs/paiza/outcome.js';
import { GATE_FD, REPORT_FD } from './bubblewrap-arguments.js';
import type { Capture } from './capture.js';
import type { Meter } from './cgroup.js';
import { type Report, parseReport, READY } from './report.js';
import { SandboxFault, type SandboxLimits, type SandboxOutcome } from './sandbox.js';

/** Making the namespaces takes milliseconds; a box that is not there by then never will be. */
const SET_UP_TIMEOUT_MS = 10_000;
/** From the kill to the end of everything in the box. */
const DEATH_TIMEOUT_MS = 10_000;
/** Of what bubblewrap says when it cannot make a box. */
const COMPLAINT_CHARACTERS = 300;
const KIB = 1024;

export interface BoxedProcess {
  readonly child: ChildProcess;
  readonly stdout: Capture;
  readonly stderr: Capture;
}

/** One started box: moves it into its cgroup, opens the gate, kills at the first limit, and collects what was seen. */
export class Box {
  private readonly process: BoxedProcess;
  /** The first cause counts: what a kill brings about later is not the program's doing. */
  private cause: RunStatus | 'cancelled' | null = null;
  private initPid: number | null = null;
  private startedAt = 0;
  private usageTimer: NodeJS.Timeout | undefined;
  private wallTimer: NodeJS.Timeout | undefined;
  private deathTimer: NodeJS.Timeout | undefined;
  private abandon: (fault: SandboxFault) => void = () => {};
  private reportText = '';
  private complaint = '';

  constructor(
    start: (onOverflow: () => void) => BoxedProcess,
    private readonly limits: SandboxLimits,
    private readonly meter: Meter,
    private readonly signal: AbortSignal,
  ) {
    this.process = start(() => this.kill('stdoutExceeded'));
  }

  async outcome(): Promise<SandboxOutcome> {
    const { child, stdout, stderr } = this.process;
    const onAbort = () => this.kill('cancelled');
    this.signal.addEventListener('abort', onAbort, { once: true });
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', (error) => reject(new SandboxFault('bubblewrap does not start', { cause: error })));
      child.once('close', () => resolve());
      this.abandon = reject;
    });
    ended.catch(() => {});
    try {
      child.stderr?.on('data', (chunk: Buffer) => {
        this.complaint = (this.complaint + chunk.toString('utf8')).slice(0, COMPLAINT_CHARACTERS);
      });
      await this.open(ended);
      await ended;
      const wallTimeUs = Math.round((performance.now() - this.startedAt) * 1000);
      const [out, err] = await Promise.all([stdout.bytes(), stderr.bytes()]);
      return this.conclude(wallTimeUs, out, err);
    } finally {
      clearTimeout(this.usageTimer);
      clearTimeout(this.wallTimer);
      clearTimeout(this.deathTimer);
      this.signal.removeEventListener('abort', onAbort);
      killBox(child);
      // Init, if it still lives, ends with the gate.
      this.stream(GATE_FD).destroy();
      stdout.destroy();
      stderr.destroy();
    }
  }

  private stream(fd: number): Readable & Writable {
    const stream = this.process.child.stdio[fd] as Readable & Writable;
    stream.on('error', () => {});
    return stream;
  }

  /** Waits for the box, moves it, starts the clocks, and lets the program go. */
  private async open(ended: Promise<void>): Promise<void> {
    if (!(await this.isReady(ended))) return;
    this.initPid = childOf(this.process.child.pid);
    // Cancelled before there was a pid to kill: the gate stays shut.
    if (this.cause !== null) return killQuietly(this.initPid);
    try {
      this.meter.add(this.initPid);
    } catch (error) {
      // Init gave up meanwhile: its report tells why.
      this.complaint += String(error);
      return killQuietly(this.initPid);
    }
    this.startedAt = performance.now();
    this.wallTimer = setTimeout(() => this.kill('wallTimeExceeded'), this.limits.wallTimeUs / 1000);
    this.watchUsage();
    this.stream(GATE_FD).write('.');
  }

  /** Reads reports from here on. False when the box ended before it was ready. */
  private async isReady(ended: Promise<void>): Promise<boolean> {
    const timeout = setTimeout(() => killBox(this.process.child), SET_UP_TIMEOUT_MS);
    const ready = new Promise<boolean>((resolve) => {
      this.stream(REPORT_FD).on('data', (chunk: Buffer) => {
        this.reportText += chunk.toString('latin1');
        if (this.reportText.startsWith(READY)) resolve(true);
      });
    });
    try {
      return await Promise.race([ready, ended.then(() => false)]);
    } finally {
      clearTimeout(timeout);
    }
  }

  private watchUsage(): void {
    const leftUs = this.limits.cpuTimeUs - this.meter.cpuTimeUs();
    if (leftUs <= 0) return this.kill('cpuTimeExceeded');
    if (this.meter.approximate && this.meter.memoryExceeded()) return this.kill('memoryExceeded');
    // On one core no program uses its CPU time faster than the clock runs.
    const pauseMs = Math.min(leftUs / 1000, this.meter.pollMs ?? Infinity);
    this.usageTimer = setTimeout(() => this.watchUsage(), Math.max(1, pauseMs));
  }

  private kill(cause: RunStatus | 'cancelled'): void {
    if (this.cause !== null) return;
    this.cause = this.meter.memoryExceeded() ? 'memoryExceeded' : cause;
    this.deathTimer = setTimeout(
      () => this.abandon(new SandboxFault(`the box does not die within ${DEATH_TIMEOUT_MS} ms`)),
      DEATH_TIMEOUT_MS,
    );
    // PID 1 of the namespace: everything in it dies with it, and bubblewrap ends when all are dead. Killing bubblewrap
    // itself would end the wait too early, with figures of a box that still runs.
    if (this.initPid !== null) killQuietly(this.initPid);
  }

  private conclude(wallTimeUs: number, stdout: Buffer, stderr: Buffer): SandboxOutcome {
    if (this.cause === 'cancelled') this.signal.throwIfAborted();
    const report = parseReport(this.reportText);
    const memoryExceeded = this.meter.memoryExceeded();
    if (this.cause === null && memoryExceeded) this.cause = 'memoryExceeded';
    if (report?.kind === 'fault') throw new SandboxFault(`init: ${report.step} failed (errno ${report.errno})`);
    if (this.cause === null && report === null) {
      throw new SandboxFault(`the box ended without a report: ${this.complaint}`);
    }
    const figures = this.figures(report);
    const byRusage = this.meter.approximate ? this.rusageCause(report, figures) : null;
    const status = (this.cause as RunStatus | null) ?? byRusage ?? report?.kind;
    if (status === undefined) throw new SandboxFault('the box ended without a cause');
    return {
      status,
      exitCode: status === 'exited' && report?.kind === 'exited' ? report.code : null,
      signal: status === 'signalled' && report?.kind === 'signalled' ? report.signal : null,
      ...figures,
      wallTimeUs,
      stdout,
      stderr,
    };
  }

  private figures(report: Exclude<Report, { kind: 'fault' }> | null): { cpuTimeUs: number; memoryPeakBytes: number } {
    const { meter } = this;
    const [cpuTimeUs, memoryPeakBytes] = [meter.cpuTimeUs(), meter.memoryPeakBytes()];
    if (!meter.approximate || report === null) return { cpuTimeUs, memoryPeakBytes };
    return {
      cpuTimeUs: Math.max(cpuTimeUs, report.userUs + report.systemUs),
      memoryPeakBytes: Math.max(memoryPeakBytes, report.maxRssKib * KIB),
    };
  }

  /** Without a cgroup a program may be over its limits between two looks; the figures at the end tell. */
  private rusageCause(
    report: Report | null,
    figures: { cpuTimeUs: number; memoryPeakBytes: number },
  ): RunStatus | null {
    if (report === null) return null;
    if (figures.memoryPeakBytes > this.limits.memoryBytes) return 'memoryExceeded';
    return figures.cpuTimeUs > this.limits.cpuTimeUs ? 'cpuTimeExceeded' : null;
  }
}

/** The only child: of bubblewrap, that is PID 1 of the box. */
function childOf(pid: number | undefined): number {
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  if (!Number.isInteger(child) || child < 2) throw new SandboxFault('bubblewrap does not show its child');
  return child;
}

/** The inside first: an inner bubblewrap without its outer half would wait for ever. */
function killBox(bubblewrap: ChildProcess): void {
  if (bubblewrap.exitCode !== null || bubblewrap.signalCode !== null) return;
  try {
    killQuietly(childOf(bubblewrap.pid));
  } catch {
    // Nothing inside yet, or no longer.
  }
  bubblewrap.kill('SIGKILL');
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already dead.
  }
}
