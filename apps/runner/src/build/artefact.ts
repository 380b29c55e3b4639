import {
  closeSync,
  constants,
  createReadStream,
  createWriteStream,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ENTRIES = 2_000;
const MAX_DEPTH = 8;

/** The build left more than an artefact may be. The program's doing. */
export class ArtefactTooLarge extends Error {
  override readonly name = 'ArtefactTooLarge';
}

/**
 * Copies what a build left, and trusts nothing of it: only regular files and folders, opened without following links. The
 * box is dead, so nothing changes meanwhile. New files are ours, so a run cannot change them. Returns the bytes copied.
 */
export async function copyArtefact(from: string, to: string): Promise<number> {
  const budget = { bytes: MAX_BYTES, entries: MAX_ENTRIES };
  await copyFolder(from, to, budget, 0);
  return MAX_BYTES - budget.bytes;
}

async function copyFolder(from: string, to: string, budget: { bytes: number; entries: number }, depth: number) {
  if (depth > MAX_DEPTH) throw new ArtefactTooLarge(`folders nested deeper than ${MAX_DEPTH}`);
  mkdirSync(to, { mode: 0o755 });
  for (const name of readdirSync(from)) {
    if (--budget.entries < 0) throw new ArtefactTooLarge(`more than ${MAX_ENTRIES} files`);
    const source = path.join(from, name);
    const kind = lstatSync(source);
    if (kind.isDirectory()) await copyFolder(source, path.join(to, name), budget, depth + 1);
    else if (kind.isFile()) await copyFile(source, path.join(to, name), budget);
    // Links, FIFOs, sockets and devices stay where they are.
  }
}

async function copyFile(from: string, to: string, budget: { bytes: number }): Promise<void> {
  const fd = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const found = fstatSync(fd);
  budget.bytes -= found.size;
  if (!found.isFile() || budget.bytes < 0) {
    closeSync(fd);
    throw new ArtefactTooLarge(`more than ${MAX_BYTES} bytes`);
  }
  const mode = found.mode & 0o111 ? 0o755 : 0o644;
  await pipeline(createReadStream('', { fd }), createWriteStream(to, { mode, flags: 'wx' }));
}
