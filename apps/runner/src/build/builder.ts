import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { slotUid } from '../sandbox/bubblewrap-arguments.js';
import type { Sandbox, SandboxOutcome, Slot } from '../sandbox/sandbox.js';
import type { Language } from '../toolchain/language.js';
import { MIB } from '../toolchain/units.js';
import { ArtefactTooLarge, copyArtefact } from './artefact.js';
import { type Build, type BuildCache, buildKey } from './build-cache.js';

const LIMITS = {
  cpuTimeUs: 30_000_000,
  wallTimeUs: 60_000_000,
  stdoutBytes: 64 * 1024,
  stderrBytes: 64 * 1024,
  processes: 256,
  fileBytes: 256 * MIB,
} as const;

export interface CachedBuild extends Build {
  readonly key: string;
  readonly cached: boolean;
}

/** Lends a slot for the time of one piece of work. */
export type WithSlot = <T>(work: (slot: Slot, signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Builds each program once: the same source of the same toolchain is found in the cache, and asked for twice at once it
 * is built once. */
export class Builder {
  private readonly inFlight = new Map<string, Promise<void>>();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly cache: BuildCache,
    private readonly toolchainIdentity: string,
  ) {}

  /** The build is pinned in the cache until `release`. */
  async build(language: Language, source: Uint8Array, withSlot: WithSlot): Promise<CachedBuild> {
    const key = buildKey(this.toolchainIdentity, language, source);
    for (let cached = true; ; cached = false) {
      const build = this.cache.find(key);
      if (build !== null) return { ...build, key, cached };
      await this.once(key, () => this.make(key, language, source, withSlot));
    }
  }

  release(build: CachedBuild): void {
    this.cache.unpin(build.key);
  }

  private once(key: string, make: () => Promise<void>): Promise<void> {
    const running = this.inFlight.get(key);
    if (running) return running;
    const made = make().finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, made);
    return made;
  }

  private async make(key: string, language: Language, source: Uint8Array, withSlot: WithSlot): Promise<void> {
    const entry = this.cache.newFolder();
    try {
      const { sizeBytes, ...built } =
        language.build === null
          ? this.keepSource(entry, language, source)
          : await withSlot((slot, signal) => this.compile(entry, language, source, slot, signal));
      this.cache.store(key, entry, built, sizeBytes);
    } catch (error) {
      this.cache.discard(entry);
      throw error;
    }
  }

  private keepSource(entry: string, language: Language, source: Uint8Array) {
    const artefact = path.join(entry, 'artefact');
    mkdirSync(artefact, { mode: 0o755 });
    writeFileSync(path.join(artefact, language.sourceFile), source, { mode: 0o644 });
    return { succeeded: true, output: Buffer.alloc(0), used: null, sizeBytes: source.length };
  }

  private async compile(entry: string, language: Language, source: Uint8Array, slot: Slot, signal: AbortSignal) {
    const workFolder = this.cache.newFolder();
    try {
      const sourceFile = path.join(workFolder, language.sourceFile);
      writeFileSync(sourceFile, source);
      chmodSync(workFolder, 0o700);
      if (process.getuid?.() === 0)
        for (const one of [sourceFile, workFolder]) chownSync(one, slotUid(slot), slotUid(slot));
      const outcome = await this.sandbox.run(
        slot,
        {
          argv: language.build ?? [],
          workFolder,
          workFolderWritable: true,
          stdinPath: null,
          limits: { ...LIMITS, memoryBytes: language.needs.buildMemoryBytes },
        },
        signal,
      );
      return await this.collect(entry, workFolder, outcome);
    } finally {
      this.cache.discard(workFolder);
    }
  }

  private async collect(entry: string, workFolder: string, outcome: SandboxOutcome) {
    const used = { cpuTimeUs: outcome.cpuTimeUs, memoryPeakBytes: outcome.memoryPeakBytes };
    const limit = LIMIT_SENTENCES[outcome.status];
    const said = Buffer.concat([
      outcome.stdout,
      outcome.stderr,
      Buffer.from(limit === undefined ? '' : `\n${limit}\n`),
    ]);
    if (outcome.status !== 'exited' || outcome.exitCode !== 0)
      return { succeeded: false, output: said, used, sizeBytes: said.length };
    try {
      const sizeBytes = await copyArtefact(workFolder, path.join(entry, 'artefact'));
      return { succeeded: true, output: said, used, sizeBytes: sizeBytes + said.length };
    } catch (error) {
      if (!(error instanceof ArtefactTooLarge)) throw error;
      return {
        succeeded: false,
        output: Buffer.from(`What the compiler made is too large: ${error.message}.\n`),
        used,
        sizeBytes: 0,
      };
    }
  }
}

const LIMIT_SENTENCES: Partial<Record<SandboxOutcome['status'], string>> = {
  cpuTimeExceeded: 'Compiling took more than 30 s of CPU time and was stopped.',
  wallTimeExceeded: 'Compiling took more than 60 s and was stopped.',
  memoryExceeded: 'Compiling needed more memory than it may use and was stopped.',
  stdoutExceeded: 'The compiler wrote more than 64 KiB and was stopped.',
  signalled: 'The compiler was killed by a signal.',
};
