import type { CachedBuild, Builder } from '../build/builder.js';
import type { Sandbox, SandboxOutcome, Slot } from '../sandbox/sandbox.js';
import { Preempted, type SlotRequest, type Slots, type SlotUser } from '../sandbox/slots.js';
import { commandLine, type Language } from '../toolchain/language.js';
import { MIB } from '../toolchain/units.js';
import type { DiskRoom } from './disk-room.js';

/** What every run has beside the limits that its asker names. */
const LIMITS = { openFiles: 512, fileBytes: 64 * MIB, scratchBytes: 256 * MIB, stackBytes: null } as const;
/** A guest's work that lost its slot is queued again once, and then keeps it. */
const PREEMPTIONS = 1;

export interface RunRequest {
  readonly language: Language;
  readonly source: Uint8Array;
  readonly stdinPath: string | null;
  /** Alone on the machine: the other slots drain first. */
  readonly exclusive?: boolean;
  /** See SandboxRun. */
  readonly warm?: boolean;
  readonly limits: {
    readonly cpuTimeUs: number;
    readonly wallTimeUs: number;
    /** Of the program, without what the language's runtime needs. */
    readonly memoryBytes: number;
    readonly stdoutBytes: number;
    readonly stderrBytes: number;
  };
}

export interface RunWithLimit extends SandboxOutcome {
  readonly memoryLimitBytes: number;
  readonly heapExhausted: boolean;
}

const NEVER = new AbortController().signal;

/** Builds and runs programs, each in a slot of its own. Throws NoRoom, SandboxFault or the signal's reason. */
export class Executor {
  constructor(
    private readonly sandbox: Sandbox,
    private readonly builder: Builder,
    private readonly slots: Slots,
    private readonly room: DiskRoom,
  ) {}

  /** Works with the build while it cannot be evicted. A build goes on when its asker leaves: others may wait for it. */
  async withBuild<T>(language: Language, source: Uint8Array, user: SlotUser, work: (build: CachedBuild) => Promise<T>) {
    this.room.require();
    const build = await this.builder.build(language, source, (make) =>
      this.inSlot({ user, exclusive: false }, NEVER, make),
    );
    try {
      return await work(build);
    } finally {
      this.builder.release(build);
    }
  }

  run(build: CachedBuild, request: RunRequest, user: SlotUser, signal: AbortSignal): Promise<RunWithLimit> {
    const { language, limits } = request;
    const memoryLimitBytes = limits.memoryBytes + language.needs.extraMemoryBytes;

    return this.inSlot({ user, exclusive: request.exclusive ?? false }, signal, async (slot, slotSignal) => {
      const outcome = await this.sandbox.run(
        slot,
        {
          argv: commandLine(language.run, limits.memoryBytes),
          packPath: build.packPath,
          collect: null,
          files: [],
          stdinPath: request.stdinPath,
          limits: { ...LIMITS, ...limits, memoryBytes: memoryLimitBytes, processes: language.needs.processes },
          allowFileLocks: language.needs.fileLocks ?? false,
          warm: request.warm ?? false,
        },
        slotSignal,
      );
      const heapExhausted = language.heapExhaustedSign?.test(outcome.stderr.inline.toString('latin1')) ?? false;
      return { ...outcome, memoryLimitBytes, heapExhausted };
    });
  }

  private async inSlot<T>(
    request: Omit<SlotRequest, 'preemptible'>,
    signal: AbortSignal,
    work: (slot: Slot, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
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
