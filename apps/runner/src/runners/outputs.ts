import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MAX_INLINE_BYTES, type SupersetOutput } from '#libs/paiza/superset.js';

export type StreamName = 'stdout' | 'stderr';
const KEPT_MS = 60_000;

/** Long outputs wait on disk until they are fetched, at most a minute. */
export class Outputs {
  constructor(private readonly folder: string) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async offer(id: string, stream: StreamName, bytes: Buffer): Promise<SupersetOutput> {
    const described = { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    if (bytes.length <= MAX_INLINE_BYTES) return { ...described, base64: bytes.toString('base64') };
    const file = this.file(id, stream);
    await writeFile(file, bytes, { mode: 0o600 });
    setTimeout(() => void rm(file, { force: true }), KEPT_MS).unref();
    return { ...described, base64: null };
  }

  /** Null when there is none; it is gone once taken. */
  async take(id: string, stream: StreamName): Promise<Buffer | null> {
    const file = this.file(id, stream);
    const bytes = await readFile(file).catch(() => null);
    await rm(file, { force: true });
    return bytes;
  }

  private file(id: string, stream: StreamName): string {
    return path.join(this.folder, `${id}.${stream}`);
  }
}

/** 22 URL-safe characters, as all ids of runs. */
export const isRunId = (text: string) => /^[\w-]{22}$/.test(text);
