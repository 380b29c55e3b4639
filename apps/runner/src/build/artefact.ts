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
  const files = survey(from);
  const budget = { bytes: MAX_BYTES };
  mkdirSync(to, { mode: 0o755 });
  for (const { name, isFolder } of files) {
    if (isFolder) mkdirSync(path.join(to, name), { mode: 0o755 });
    else await copyFile(path.join(from, name), path.join(to, name), budget);
  }
  return MAX_BYTES - budget.bytes;
}

interface Entry {
  /** Relative; folders come before what is in them. */
  readonly name: string;
  readonly isFolder: boolean;
}

/** Looks before anything is copied: what is too much costs no copying. */
function survey(from: string, below = '', depth = 0, found: Entry[] = []): Entry[] {
  if (depth > MAX_DEPTH) throw new ArtefactTooLarge(`folders nested deeper than ${MAX_DEPTH}`);
  const entries = readdirSync(path.join(from, below));
  // Links count too: they cost a look each.
  if (found.length + entries.length > MAX_ENTRIES) throw new ArtefactTooLarge(`more than ${MAX_ENTRIES} files`);
  for (const entry of entries) {
    const name = path.join(below, entry);
    const kind = lstatSync(path.join(from, name));
    // Links, FIFOs, sockets and devices stay where they are.
    if (!kind.isDirectory() && !kind.isFile()) continue;
    found.push({ name, isFolder: kind.isDirectory() });
    if (kind.isDirectory()) survey(from, name, depth + 1, found);
  }
  return found;
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
