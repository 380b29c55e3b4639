import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { type BoxedProcess, Box } from './box.js';
import { bubblewrapArguments } from './bubblewrap-arguments.js';
import { Capture } from './capture.js';
import { openCgroups } from './cgroup.js';
import { ProcessPoll } from './process-poll.js';
import {
  type Sandbox,
  SandboxFault,
  type SandboxOutcome,
  type SandboxRun,
  type SandboxTier,
  type Slot,
} from './sandbox.js';

/**
 * One bubblewrap for each run: own PID, mount, network, IPC and UTS namespaces, the read-only toolchain tree as root, our
 * init as PID 1, and a cgroup of its own into which the box is moved before its program starts.
 */
export class BubblewrapSandbox implements Sandbox {
  readonly tier: SandboxTier;
  private readonly log = new Logger(BubblewrapSandbox.name);
  private readonly cgroups = openCgroups();
  private readonly asRoot = process.getuid?.() === 0;
  /** And not /dev/null, which is a device: the box opens none but its own. */
  private readonly emptyFile: string;
  private runs = 0;

  /** `scratchFolder` is private to this process and emptied here. */
  constructor(
    private readonly treeRoot: string,
    private readonly scratchFolder: string,
  ) {
    rmSync(scratchFolder, { recursive: true, force: true });
    mkdirSync(scratchFolder, { recursive: true, mode: 0o700 });
    this.emptyFile = path.join(scratchFolder, 'empty');
    writeFileSync(this.emptyFile, '', { mode: 0o444 });
    const version = this.cgroups?.version ?? 'none';
    this.tier = { tier: this.cgroups ? 'full' : 'degraded', cgroup: version, userNamespace: !this.asRoot };
  }

  async run(slot: Slot, run: SandboxRun, signal: AbortSignal): Promise<SandboxOutcome> {
    signal.throwIfAborted();
    const meter = this.cgroups?.create(`run-${++this.runs}`, run.limits) ?? new ProcessPoll(run.limits);
    try {
      const outcome = await new Box(this.start(slot, run), run.limits, meter, signal).outcome();
      signal.throwIfAborted();
      return outcome;
    } finally {
      // The next run has a cgroup of its own; this one goes when it can.
      meter.remove().catch((error: unknown) => this.log.warn(`A cgroup stays: ${String(error)}`));
    }
  }

  private start(slot: Slot, run: SandboxRun): (onOverflow: () => void) => BoxedProcess {
    return (onOverflow) => {
      const streams = {
        stdin: run.stdinPath ?? this.emptyFile,
        stdout: this.fifo(slot, 'stdout'),
        stderr: this.fifo(slot, 'stderr'),
      };
      const stdout = new Capture(streams.stdout, run.limits.stdoutBytes, onOverflow);
      const stderr = new Capture(streams.stderr, run.limits.stderrBytes, () => {});
      const { treeRoot, asRoot } = this;
      const hasCgroup = this.cgroups !== null;
      const child = spawn('bwrap', bubblewrapArguments({ treeRoot, slot, run, streams, asRoot, hasCgroup }), {
        stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
        env: {},
        cwd: '/',
        // Ctrl-C is for us: a box ends when we say so.
        detached: true,
      });
      return { child, stdout, stderr };
    };
  }

  /** The program opens it again by /dev/stdout, so any user may write; the folder lets no user of the host in. */
  private fifo(slot: Slot, stream: string): string {
    const fifo = path.join(this.scratchFolder, `${slot.index}-${stream}`);
    if (existsSync(fifo)) return fifo;
    try {
      execFileSync('mkfifo', [fifo]);
      chmodSync(fifo, 0o666);
      return fifo;
    } catch (error) {
      throw new SandboxFault(`mkfifo ${fifo} failed`, { cause: error });
    }
  }
}
