import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { hashOfFile } from '../file-hash.js';
import type { Language } from '../toolchain/language.js';

export interface BuildFigures {
  readonly cpuTimeUs: number;
  readonly memoryPeakBytes: number;
}

/** A finished build; its pack holds the artefact or, for interpreted languages, the source. There is none of a failed one. */
export interface Build {
  readonly succeeded: boolean;
  readonly output: Buffer;
  /** What building took; null where nothing is compiled. */
  readonly used: BuildFigures | null;
  readonly packPath: string;
}

/** A build to be: files to write before it is stored. */
export interface NewEntry {
  readonly folder: string;
  readonly sourcePackPath: string;
  readonly packPath: string;
}

interface BuildRecord {
  readonly succeeded: boolean;
  readonly outputBase64: string;
  readonly used: BuildFigures | null;
  readonly sizeBytes: number;
  /** SHA-256 of the pack; null of a failed build, which has none. */
  readonly packHash: string | null;
}

/** What makes a build what it is. */
export const buildKey = (toolchainIdentity: string, language: Language, source: Uint8Array): string =>
  createHash('sha256')
    .update(JSON.stringify([toolchainIdentity, language.id, language.sourceFile, language.build]))
    .update(source)
    .digest('hex');

/**
 * Finished builds on disk, least recently used first to go. An entry appears by one rename, so that a kill never leaves a
 * half-written one; what a power loss has torn is seen by its hash when it is first used. Failed builds are kept too.
 */
export class BuildCache {
  private readonly builds: string;
  private readonly scratch: string;
  /** Sizes, least recently used first. */
  private readonly sizes = new Map<string, number>();
  private readonly pins = new Map<string, number>();
  /** Entries that this process wrote, or has read and found whole. */
  private readonly whole = new Map<string, Promise<boolean>>();
  private totalBytes = 0;

  constructor(
    folder: string,
    private readonly cacheBytes: number,
  ) {
    this.builds = path.join(folder, 'builds');
    this.scratch = path.join(folder, 'building');
    rmSync(this.scratch, { recursive: true, force: true });
    for (const one of [this.builds, this.scratch]) mkdirSync(one, { recursive: true, mode: 0o700 });
    this.readEntries();
  }

  /** Beside the cache; `store` or `discard` ends it. */
  newEntry(): NewEntry {
    const folder = path.join(this.scratch, randomBytes(12).toString('hex'));
    mkdirSync(folder, { mode: 0o700 });
    return { folder, sourcePackPath: path.join(folder, 'source.pack'), packPath: packIn(folder) };
  }

  discard({ folder }: NewEntry): void {
    remove(folder);
  }

  /** Pins what it finds: call `unpin` when the run is over. */
  async find(key: string): Promise<Build | null> {
    if (!this.sizes.has(key)) return null;
    const folder = path.join(this.builds, key);
    const record = readRecord(folder);
    this.pins.set(key, (this.pins.get(key) ?? 0) + 1);
    if (record === null || !(await this.isWhole(key, record.packHash))) {
      this.unpin(key);
      this.drop(key);
      return null;
    }
    this.touch(key);
    const output = Buffer.from(record.outputBase64, 'base64');
    return { succeeded: record.succeeded, output, used: record.used ?? null, packPath: packIn(folder) };
  }

  unpin(key: string): void {
    const left = (this.pins.get(key) ?? 1) - 1;
    if (left > 0) this.pins.set(key, left);
    else this.pins.delete(key);
    this.evict();
  }

  /** Its pack has been written, unless the build failed. */
  async store(key: string, entry: NewEntry, built: Omit<Build, 'packPath'>, sizeBytes: number): Promise<void> {
    const { folder, packPath } = entry;
    const packHash = built.succeeded ? await hashOfFile(packPath) : null;
    // Judging and a guest may have built the same at once.
    if (this.sizes.has(key)) return this.discard(entry);
    const record: BuildRecord = {
      succeeded: built.succeeded,
      outputBase64: built.output.toString('base64'),
      used: built.used,
      sizeBytes,
      packHash,
    };
    writeFileSync(path.join(folder, 'build.json'), JSON.stringify(record));
    renameSync(folder, path.join(this.builds, key));
    this.sizes.set(key, sizeBytes);
    this.whole.set(key, Promise.resolve(true));
    this.totalBytes += sizeBytes;
    this.evict(key);
  }

  private isWhole(key: string, packHash: string | null): Promise<boolean> {
    const known = this.whole.get(key);
    if (known !== undefined) return known;
    const found =
      packHash === null
        ? Promise.resolve(true)
        : hashOfFile(packIn(path.join(this.builds, key))).then(
            (hash) => hash === packHash,
            () => false,
          );
    this.whole.set(key, found);
    return found;
  }

  /** What has no whole record, after a power loss, is dropped: it is built again. */
  private readEntries(): void {
    const entries = readdirSync(this.builds).map((key) => {
      const folder = path.join(this.builds, key);
      return { key, folder, record: readRecord(folder), usedAt: statSync(folder).mtimeMs };
    });
    for (const { key, folder, record } of entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (record === null) {
        remove(folder);
        continue;
      }
      this.sizes.set(key, record.sizeBytes);
      this.totalBytes += record.sizeBytes;
    }
    this.evict();
  }

  private touch(key: string): void {
    const size = this.sizes.get(key) ?? 0;
    this.sizes.delete(key);
    this.sizes.set(key, size);
    const now = new Date();
    utimesSync(path.join(this.builds, key), now, now);
  }

  /** All but `fresh`, which somebody waits for, and what is pinned. */
  private evict(fresh?: string): void {
    for (const key of this.sizes.keys()) {
      if (this.totalBytes <= this.cacheBytes) return;
      if (key === fresh || this.pins.has(key)) continue;
      this.drop(key);
    }
  }

  private drop(key: string): void {
    // Two that looked at once may both have found it torn.
    if (!this.sizes.has(key)) return;
    this.totalBytes -= this.sizes.get(key) ?? 0;
    this.sizes.delete(key);
    this.whole.delete(key);
    // To remove a large one takes time; its name is free at once.
    const leaving = path.join(this.scratch, randomBytes(12).toString('hex'));
    renameSync(path.join(this.builds, key), leaving);
    void rm(leaving, { recursive: true, force: true }).catch(() => {});
  }
}

const packIn = (folder: string) => path.join(folder, 'artefact.pack');
const remove = (folder: string) => rmSync(folder, { recursive: true, force: true });

/** Null when it is not there or not whole. */
function readRecord(folder: string): BuildRecord | null {
  try {
    const record = JSON.parse(readFileSync(path.join(folder, 'build.json'), 'utf8')) as BuildRecord | null;
    if (typeof record?.sizeBytes !== 'number') return null;
    // Else a record of an older version, which has no hash, would pass for a failed build without a pack.
    return record.succeeded ? (typeof record.packHash === 'string' ? record : null) : record;
  } catch {
    return null;
  }
}
