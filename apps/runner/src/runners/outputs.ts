import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SupersetOutput } from '#libs/paiza/superset.js';
import type { Captured } from '../sandbox/sandbox.js';

export type StreamName = 'stdout' | 'stderr';
const KEPT_MS = 60_000;

/** Long outputs wait on disk until they are fetched, at most a minute. */
export class Outputs {
  constructor(private readonly folder: string) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async offer(id: string, stream: StreamName, captured: Captured): Promise<SupersetOutput> {
    const { inline, length, path: captureFile } = captured;
    if (captureFile === null) return { length, sha256: hashOf(inline), base64: inline.toString('base64') };
    const file = this.file(id, stream);
    await rename(captureFile, file);
    setTimeout(() => void rm(file, { force: true }), KEPT_MS).unref();
    return { length, sha256: await hashOfFile(file), base64: null };
  }

  /** Null when there is none; it is gone once taken. The caller closes it. */
  async take(id: string, stream: StreamName): Promise<FileHandle | null> {
    const file = this.file(id, stream);
    const handle = await open(file).catch(() => null);
    await rm(file, { force: true });
    return handle;
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

async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** 22 URL-safe characters, as all ids of runs. */
export const isRunId = (text: string) => /^[\w-]{22}$/.test(text);
