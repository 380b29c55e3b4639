import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type CgroupParents, openCgroups } from './cgroups.js';
import { compileHelper } from './compile-helper.js';
import type { ProgramFrame, ResultFrame, StreamFrame } from './frames.js';
import { Helper, type HelperResult } from './helper.js';
import {
  type Captured,
  type Layer,
  type PairOutcome,
  type Sandbox,
  SandboxFault,
  type SandboxOutcome,
  type SandboxRun,
  type SandboxTier,
  type Slot,
} from './sandbox.js';

/** Users of the slots, two each: no such users exist, and no two slots share one. */
const FIRST_SLOT_UID = 60_100;
const CAPTURED_FOLDER = 'captured';

export interface NativeSandboxOptions {
  /** The toolchain's root. */
  readonly treeRoot: string;
  /** Private to this process. All files that runs name lie here; outputs that are long appear here. */
  readonly cacheFolder: string;
  readonly slots: readonly Slot[];
  /** Unsafe. */
  readonly without?: readonly Layer[];
}

/** One helper of apps/runner/native for each slot, started anew when it dies. */
export class NativeSandbox implements Sandbox {
  private readonly helpers = new Map<number, Promise<Helper>>();
  private closed = false;

  private constructor(
    private readonly options: NativeSandboxOptions,
    private readonly program: string,
    private readonly cgroups: CgroupParents | null,
    readonly tier: SandboxTier,
  ) {}

  /** Throws SandboxFault when this host does not give what it takes. */
  static async open(options: NativeSandboxOptions): Promise<NativeSandbox> {
    const { cacheFolder, slots, treeRoot, without = [] } = options;
    const captured = path.join(cacheFolder, CAPTURED_FOLDER);
    rmSync(captured, { recursive: true, force: true });
    mkdirSync(captured, { recursive: true, mode: 0o700 });
    const program = await compileHelper(treeRoot, cacheFolder);
    const cgroups = without.includes('cgroup') ? null : openCgroups(slots);
    const tier: SandboxTier = {
      tier: without.length > 0 ? 'unsafe' : cgroups ? 'full' : 'degraded',
      cgroup: cgroups?.version ?? 'none',
      userNamespace: !isRoot(),
      swaps: cgroups?.swaps ?? false,
      without,
    };
    const sandbox = new NativeSandbox(options, program, cgroups, tier);
    try {
      await Promise.all(slots.map((slot) => sandbox.helper(slot)));
      return sandbox;
    } catch (error) {
      await sandbox.close();
      throw error;
    }
  }

  async run(slot: Slot, run: SandboxRun, signal: AbortSignal): Promise<SandboxOutcome> {
    const { programs } = await this.execute(slot, [run], signal);
    return programs[0] as SandboxOutcome;
  }

  async runPair(slot: Slot, pair: readonly [SandboxRun, SandboxRun], signal: AbortSignal): Promise<PairOutcome> {
    const { programs, firstEnded } = await this.execute(slot, pair, signal);
    return { outcomes: programs as [SandboxOutcome, SandboxOutcome], firstEnded };
  }

  /** Of the slot's keeper: for tests that kill it. */
  async helperPid(slot: Slot): Promise<number | undefined> {
    return (await this.helper(slot)).pid;
  }

  /** Ends everything in order; runs that still go on end as faults. */
  async close(): Promise<void> {
    this.closed = true;
    const helpers = await Promise.allSettled(this.helpers.values());
    await Promise.all(helpers.flatMap((helper) => (helper.status === 'fulfilled' ? [helper.value.close()] : [])));
    await this.cgroups?.remove();
  }

  private async execute(slot: Slot, runs: readonly SandboxRun[], signal: AbortSignal) {
    const helper = await this.helper(slot);
    const frames = runs.map((run) => this.programFrame(run));
    let result: HelperResult;
    try {
      result = await helper.run(frames, signal);
    } catch (error) {
      for (const frame of frames) this.removeFiles(frame);
      throw error;
    } finally {
      // At once, so that the slot is ready when the next run comes.
      if (helper.isDead && !this.closed) void this.helper(slot).catch(() => {});
    }
    const programs = result.programs.map((program, index) => this.outcome(program, frames[index] as ProgramFrame));
    return { programs, firstEnded: result.firstEnded };
  }

  /** The slot's helper; a new one in the place of a dead one. */
  private async helper(slot: Slot): Promise<Helper> {
    if (this.closed) throw new SandboxFault('the sandbox is closed');
    const present = this.helpers.get(slot.index);
    const helper = await present?.catch(() => null);
    if (helper && !helper.isDead) return helper;
    // Another caller may have started one meanwhile.
    const latest = this.helpers.get(slot.index);
    if (latest !== undefined && latest !== present) return latest;
    const fresh = this.startHelper(slot, helper ?? null);
    this.helpers.set(slot.index, fresh);
    return fresh;
  }

  private async startHelper(slot: Slot, dead: Helper | null): Promise<Helper> {
    await dead?.gone;
    return Helper.start(this.program, {
      treeRoot: this.options.treeRoot,
      cacheFolder: this.options.cacheFolder,
      core: slot.core,
      uid: isRoot() ? FIRST_SLOT_UID + 2 * slot.index : null,
      without: this.options.without ?? [],
      groups: this.cgroups?.slotFolders(slot) ?? [],
    });
  }

  private programFrame(run: SandboxRun): ProgramFrame {
    const id = randomBytes(12).toString('hex');
    return {
      argv: run.argv,
      limits: run.limits,
      pack: this.relative(run.packPath),
      stdin: run.stdinPath === null ? null : this.relative(run.stdinPath),
      stdoutFile: `${CAPTURED_FOLDER}/${id}.stdout`,
      stderrFile: `${CAPTURED_FOLDER}/${id}.stderr`,
      collect: run.collect && { pack: this.relative(run.collect.packPath), required: run.collect.required },
      files: run.files.map(({ name, path: file }) => ({ name, path: this.relative(file) })),
      allowFileLocks: run.allowFileLocks,
      warm: run.warm,
    };
  }

  private relative(file: string): string {
    const relative = path.relative(this.options.cacheFolder, file);
    if (relative.startsWith('..')) throw new SandboxFault(`${file} is not in the cache folder`);
    return relative;
  }

  private outcome(result: ResultFrame, frame: ProgramFrame): SandboxOutcome {
    const { status, code } = result;
    if (frame.collect && result.collected !== 'collected') this.remove(frame.collect.pack);
    return {
      status,
      exitCode: status === 'exited' ? code : null,
      signal: status === 'signalled' ? code : null,
      cpuTimeUs: result.cpuTimeUs,
      wallTimeUs: result.wallTimeUs,
      memoryPeakBytes: result.memoryPeakBytes,
      stdout: this.captured(result.stdout, frame.stdoutFile),
      stderr: this.captured(result.stderr, frame.stderrFile),
      collected: result.collected,
      collectedBytes: result.collectedBytes,
    };
  }

  private captured({ length, inFile, bytes }: StreamFrame, file: string): Captured {
    return { length, inline: bytes, path: inFile ? path.join(this.options.cacheFolder, file) : null };
  }

  private removeFiles({ stdoutFile, stderrFile, collect }: ProgramFrame): void {
    for (const file of [stdoutFile, stderrFile, collect?.pack]) if (file !== undefined) this.remove(file);
  }

  private remove(file: string): void {
    rmSync(path.join(this.options.cacheFolder, file), { force: true });
  }
}

const isRoot = () => process.getuid?.() === 0;
