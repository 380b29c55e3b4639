import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SupersetOutput } from '#libs/paiza/superset.js';
import { hashOfFile } from '../file-hash.js';
import type { Captured } from '../sandbox/sandbox.js';

export type StreamName = 'stdout' | 'stderr';
const KEPT_MS = 60_000;
/** All that wait to be fetched; beyond it the oldest go. Who fetches at once, as a worker does, never meets it. */
const KEPT_BYTES = 4 * 1024 ** 3;

/** Long outputs wait on disk until they are fetched, at most a minute. */
export class Outputs {
  /** Sizes by file, oldest first. */
  private readonly waiting = new Map<string, number>();
  private totalBytes = 0;

  constructor(
    private readonly folder: string,
    private readonly keptBytes = KEPT_BYTES,
  ) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async offer(id: string, stream: StreamName, captured: Captured): Promise<SupersetOutput> {
    const { inline, length, path: captureFile } = captured;
    if (captureFile === null) return { length, sha256: hashOf(inline), base64: inline.toString('base64') };
    const file = this.file(id, stream);
    await rename(captureFile, file);
    const sha256 = await hashOfFile(file);
    this.keep(file, length);
    return { length, sha256, base64: null };
  }

  /** Null when there is none; it is gone once taken. The caller closes it. */
  async take(id: string, stream: StreamName): Promise<FileHandle | null> {
    const file = this.file(id, stream);
    const handle = this.waiting.has(file) ? await open(file).catch(() => null) : null;
    this.drop(file);
    return handle;
  }

  /** Nobody is left to fetch them. */
  discard(id: string): void {
    for (const stream of ['stdout', 'stderr'] as const) this.drop(this.file(id, stream));
  }

  private keep(file: string, bytes: number): void {
    // A caller may use an id again: then the file has just been replaced.
    this.totalBytes -= this.waiting.get(file) ?? 0;
    this.waiting.set(file, bytes);
    this.totalBytes += bytes;
    for (const oldest of this.waiting.keys()) {
      if (this.totalBytes <= this.keptBytes || oldest === file) break;
      this.drop(oldest);
    }
    setTimeout(() => this.drop(file), KEPT_MS).unref();
  }

  private drop(file: string): void {
    const bytes = this.waiting.get(file);
    if (bytes === undefined) return;
    this.waiting.delete(file);
    this.totalBytes -= bytes;
    void rm(file, { force: true }).catch(() => {});
  }

  private file(id: string, stream: StreamName): string {
    return path.join(this.folder, `${id}.${stream}`);
  }
}

/** All of an output that is known to be short enough for memory; its file is removed. */
export async function takeBytes(captured: Captured): Promise<Buffer> {
  if (captured.path === null) return captured.inline;
  const bytes = await readFile(captured.path);
  await rm(captured.path);
  return bytes;
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
