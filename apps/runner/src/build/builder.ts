import { rmSync, writeFileSync } from 'node:fs';
import { packOf } from '../sandbox/pack.js';
import type { CollectStatus, Sandbox, SandboxOutcome, Slot } from '../sandbox/sandbox.js';
import type { SlotUser } from '../sandbox/slots.js';
import type { Language } from '../toolchain/language.js';
import { MIB } from '../toolchain/units.js';
import { coreIdleUs } from './core-idle.js';
import { type Build, type BuildCache, buildKey, type NewEntry } from './build-cache.js';

const LIMITS = {
  cpuTimeUs: 30_000_000,
  wallTimeUs: 60_000_000,
  stdoutBytes: 64 * 1024,
  stderrBytes: 64 * 1024,
  processes: 256,
  openFiles: 1024,
  fileBytes: 256 * MIB,
  scratchBytes: 512 * MIB,
  stackBytes: null,
} as const;

export interface CachedBuild extends Build {
  readonly key: string;
  readonly cached: boolean;
}

/** It came to its wall time although it hardly ran, and not by its own will: nothing is known about the program. */
export class BuildStarved extends Error {
  override readonly name = 'BuildStarved';
}

/** Lends a slot for the time of one piece of work. */
export type WithSlot = <T>(work: (slot: Slot, signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Builds each program once: the same source of the same toolchain is found in the cache, and asked for twice at once it is
 * built once. Only judging and guests do not wait for each other's builds: a guest's may wait long for its slot.
 */
export class Builder {
  private readonly inFlight = new Map<string, Promise<void>>();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly cache: BuildCache,
    private readonly toolchainIdentity: string,
    private readonly idleUs: (core: number) => number | null = coreIdleUs,
  ) {}

  /** The build is pinned in the cache until `release`. Throws BuildStarved and what the sandbox and the slots throw. */
  async build(language: Language, source: Uint8Array, user: SlotUser, withSlot: WithSlot): Promise<CachedBuild> {
    const key = buildKey(this.toolchainIdentity, language, source);
    for (let cached = true; ; cached = false) {
      const build = await this.cache.find(key);
      if (build !== null) return { ...build, key, cached };
      await this.once(`${user} ${key}`, () => this.make(key, language, source, withSlot));
    }
  }

  release(build: CachedBuild): void {
    this.cache.unpin(build.key);
  }

  private once(flight: string, make: () => Promise<void>): Promise<void> {
    const running = this.inFlight.get(flight);
    if (running) return running;
    const made = make().finally(() => this.inFlight.delete(flight));
    this.inFlight.set(flight, made);
    return made;
  }

  private async make(key: string, language: Language, source: Uint8Array, withSlot: WithSlot): Promise<void> {
    const entry = this.cache.newEntry();
    try {
      const pack = packOf([{ name: language.sourceFile, content: source }]);
      const { sizeBytes, ...built } =
        language.build === null
          ? keepSource(entry, pack)
          : await withSlot((slot, signal) => this.compile(entry, language, pack, slot, signal));
      await this.cache.store(key, entry, built, sizeBytes);
    } catch (error) {
      this.cache.discard(entry);
      throw error;
    }
  }

  private async compile(entry: NewEntry, language: Language, pack: Buffer, slot: Slot, signal: AbortSignal) {
    // A build whose slot was taken away begins again.
    rmSync(entry.packPath, { force: true });
    writeFileSync(entry.sourcePackPath, pack, { mode: 0o600 });
    const required = /^\.\/(.+)$/.exec(language.run[0])?.[1] ?? null;
    const idleBefore = this.idleUs(slot.core);
    const outcome = await this.sandbox.run(
      slot,
      {
        argv: language.build ?? [],
        packPath: entry.sourcePackPath,
        collect: { packPath: entry.packPath, required },
        files: [],
        stdinPath: null,
        limits: { ...LIMITS, memoryBytes: language.needs.buildMemoryBytes },
        allowFileLocks: language.needs.fileLocks ?? false,
        warm: false,
      },
      signal,
    );
    rmSync(entry.sourcePackPath);
    if (outcome.status === 'wallTimeExceeded') requireIdleness(outcome, idleBefore, this.idleUs(slot.core));
    return conclude(outcome);
  }
}

/** Of the time in which a build did not run, its core must have idled so much, else something kept it from running. */
const IDLE_SHARE = 0.8;

/**
 * A build that sleeps is stopped at its wall time by its own fault, every time. One that was kept waiting by a loaded host,
 * a slow disk or a machine that stood still is not: its core did other things, or nothing was counted. Throws BuildStarved.
 */
function requireIdleness({ cpuTimeUs, wallTimeUs }: SandboxOutcome, before: number | null, after: number | null): void {
  if (before !== null && after !== null && after - before >= IDLE_SHARE * (wallTimeUs - cpuTimeUs)) return;
  throw new BuildStarved(`A build had ${cpuTimeUs} us of CPU time within ${wallTimeUs} us, and its core was not idle.`);
}

function keepSource(entry: NewEntry, pack: Buffer) {
  writeFileSync(entry.packPath, pack, { mode: 0o600 });
  return { succeeded: true, output: Buffer.alloc(0), used: null, sizeBytes: pack.length };
}

function conclude(outcome: SandboxOutcome) {
  const sentence = LIMIT_SENTENCES[outcome.status] ?? COLLECT_SENTENCES[outcome.collected];
  // Both are within their limits, so they come inline.
  const said = [outcome.stdout.inline, outcome.stderr.inline, Buffer.from(sentence ? `\n${sentence}\n` : '')];
  const output = Buffer.concat(said);
  return {
    succeeded: outcome.collected === 'collected',
    output,
    used: { cpuTimeUs: outcome.cpuTimeUs, memoryPeakBytes: outcome.memoryPeakBytes },
    sizeBytes: outcome.collectedBytes + output.length,
  };
}

const LIMIT_SENTENCES: Partial<Record<SandboxOutcome['status'], string>> = {
  cpuTimeExceeded: 'Compiling took more than 30 s of CPU time and was stopped.',
  wallTimeExceeded: 'Compiling took more than 60 s and was stopped.',
  memoryExceeded: 'Compiling needed more memory than it may use and was stopped.',
  stdoutExceeded: 'The compiler wrote more than 64 KiB and was stopped.',
  signalled: 'The compiler was killed by a signal.',
};

const COLLECT_SENTENCES: Partial<Record<CollectStatus, string>> = {
  tooLarge: 'What the compiler made is too large: more than 256 MiB.',
  tooManyFiles: 'What the compiler made is too large: more than 2000 files.',
  tooDeep: 'What the compiler made is too large: folders nested deeper than 8.',
  requiredMissing: 'The compiler made no program.',
};
