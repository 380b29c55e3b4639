import { existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { Refusal } from '../refusal.js';

const MIB = 1024 * 1024;

const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(path.dirname(folder));

/** Throws Refusal when the disk that holds, or would hold, the folder has less room. */
export function requireFreeDisk(folder: string, bytes: number, setting: string): void {
  const { bavail, bsize } = statfsSync(nearestExisting(folder));
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new Refusal(
    `The disk that holds ${folder} has ${Math.floor(free / MIB)} MiB left and ${Math.ceil(bytes / MIB)} MiB are needed. ` +
      `Free some space, or set ${setting} to a folder on another disk.`,
  );
}
