import type { CachedBuild, Builder } from '../build/builder.js';
import type { Sandbox, SandboxOutcome } from '../sandbox/sandbox.js';
import { Preempted, type Slots, type SlotUser } from '../sandbox/slots.js';
import { commandLine, type Language } from '../toolchain/language.js';
import { MIB } from '../toolchain/units.js';
import type { DiskRoom } from './disk-room.js';

const FILE_BYTES = 64 * MIB;
/** A guest's work that lost its slot is queued again once, and then keeps it. */
const PREEMPTIONS = 1;

export interface RunRequest {
  readonly language: Language;
  readonly source: Uint8Array;
  readonly stdinPath: string | null;
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
    const build = await this.builder.build(language, source, (make) => this.inSlot(user, NEVER, make));
    try {
      return await work(build);
    } finally {
      this.builder.release(build);
    }
  }

  run(build: CachedBuild, request: RunRequest, user: SlotUser, signal: AbortSignal): Promise<RunWithLimit> {
    const { language, limits } = request;
    const memoryLimitBytes = limits.memoryBytes + language.needs.extraMemoryBytes;

    return this.inSlot(user, signal, async (slot, slotSignal) => {
      const outcome = await this.sandbox.run(
        slot,
        {
          argv: commandLine(language.run, limits.memoryBytes),
          workFolder: build.folder,
          workFolderWritable: false,
          stdinPath: request.stdinPath,
          limits: {
            ...limits,
            memoryBytes: memoryLimitBytes,
            processes: language.needs.processes,
            fileBytes: FILE_BYTES,
          },
        },
        slotSignal,
      );
      const heapExhausted = language.heapExhaustedSign?.test(outcome.stderr.toString('latin1')) ?? false;
      return { ...outcome, memoryLimitBytes, heapExhausted };
    });
  }

  private async inSlot<T>(
    user: SlotUser,
    signal: AbortSignal,
    work: (slot: { index: number; core: number }, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let preemptions = 0; ; preemptions++) {
      const held = await this.slots.acquire(user, preemptions < PREEMPTIONS, signal);
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
