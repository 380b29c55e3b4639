import { unlessAborted } from '#libs/paiza/unless-aborted.js';
import type { CachedBuild, Builder } from '../build/builder.js';
import type { ExtraFile, Sandbox, SandboxOutcome, SandboxRun, Slot } from '../sandbox/sandbox.js';
import { Preempted, type SlotRequest, type Slots, type SlotUser } from '../sandbox/slots.js';
import { commandLine, type Language } from '../toolchain/language.js';
import { MIB } from '../toolchain/units.js';
import type { DiskRoom } from './disk-room.js';

/** What every run has beside the limits that its asker names. */
const LIMITS = { openFiles: 512, fileBytes: 64 * MIB, scratchBytes: 256 * MIB, stackBytes: null } as const;
/** A guest's work that lost its slot is queued again once, and then keeps it. */
const PREEMPTIONS = 1;

export interface RunLimits {
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  /** Of the program, without what the language's runtime needs. */
  readonly memoryBytes: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** A program that has been built, with what it is given. */
export interface BuiltProgram {
  readonly language: Language;
  readonly build: CachedBuild;
  readonly args?: readonly string[];
  readonly files?: readonly ExtraFile[];
  readonly limits: RunLimits;
}

/** Who wants a slot, and how. */
export interface Asker {
  readonly user: SlotUser;
  /** Alone on the machine: the other slots drain first. */
  readonly exclusive?: boolean;
  /** See SlotRequest. */
  readonly urgent?: boolean;
  readonly signal: AbortSignal;
}

export interface RunWithLimit extends SandboxOutcome {
  readonly memoryLimitBytes: number;
  readonly heapExhausted: boolean;
}

const NEVER = new AbortController().signal;

/** Builds and runs programs, each in a slot of its own. Throws NoRoom, BuildStarved, SandboxFault or the signal's reason. */
export class Executor {
  constructor(
    private readonly sandbox: Sandbox,
    private readonly builder: Builder,
    private readonly slots: Slots,
    private readonly room: DiskRoom,
  ) {}

  /** Works with the build while it cannot be evicted. A build goes on when its asker leaves: others may wait for it. */
  async withBuild<T>(language: Language, source: Uint8Array, asker: Asker, work: (build: CachedBuild) => Promise<T>) {
    this.room.require();
    const { user, urgent = false, signal } = asker;
    const building = this.builder.build(language, source, user, (make) =>
      this.inSlot({ user, urgent, signal: NEVER }, make),
    );
    const build = await unlessAborted(building, signal, (late) => this.builder.release(late));
    try {
      return await work(build);
    } finally {
      this.builder.release(build);
    }
  }

  /** `warm`: see SandboxRun. */
  run(program: BuiltProgram, stdinPath: string | null, asker: Asker, warm = false): Promise<RunWithLimit> {
    return this.inSlot(asker, async (slot, signal) =>
      withLimit(program, await this.sandbox.run(slot, { ...sandboxRun(program), stdinPath, warm }, signal)),
    );
  }

  /** Both in one slot. */
  runPair(pair: readonly [BuiltProgram, BuiltProgram], asker: Asker) {
    return this.inSlot(asker, async (slot, signal) => {
      const [one, other] = pair;
      const { outcomes, firstEnded } = await this.sandbox.runPair(slot, [sandboxRun(one), sandboxRun(other)], signal);
      return { runs: [withLimit(one, outcomes[0]), withLimit(other, outcomes[1])] as const, firstEnded };
    });
  }

  private async inSlot<T>(asker: Asker, work: (slot: Slot, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { user, exclusive = false, urgent = false, signal } = asker;
    const request: Omit<SlotRequest, 'preemptible'> = { user, exclusive, urgent };
    for (let preemptions = 0; ; preemptions++) {
      const held = await this.slots.acquire({ ...request, preemptible: preemptions < PREEMPTIONS }, signal);
      try {
        return await work(held.slot, AbortSignal.any([signal, held.preempted]));
      } catch (error) {
        if (!(error instanceof Preempted)) throw error;
      } finally {
        held.release();
      }
    }
  }
}

const memoryLimitOf = ({ language, limits }: BuiltProgram) => limits.memoryBytes + language.needs.extraMemoryBytes;

const sandboxRun = (program: BuiltProgram): SandboxRun => ({
  argv: [...commandLine(program.language.run, program.limits.memoryBytes), ...(program.args ?? [])],
  packPath: program.build.packPath,
  collect: null,
  files: program.files ?? [],
  stdinPath: null,
  limits: {
    ...LIMITS,
    ...program.limits,
    memoryBytes: memoryLimitOf(program),
    processes: program.language.needs.processes,
  },
  allowFileLocks: program.language.needs.fileLocks ?? false,
  warm: false,
});

const withLimit = (program: BuiltProgram, outcome: SandboxOutcome): RunWithLimit => ({
  ...outcome,
  memoryLimitBytes: memoryLimitOf(program),
  heapExhausted: program.language.heapExhaustedSign?.test(outcome.stderr.inline.toString('latin1')) ?? false,
});
