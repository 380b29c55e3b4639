import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { BUILDING_PREFIX, treesFolder } from './trees.js';

/** Disk and not memory, and open to everybody: an ordinary user's home often is not. */
const SHARED_TEMPORARY_FOLDER = '/var/tmp';
const REMOVAL_TIMEOUT_MS = 60_000;
const REMOVAL = { recursive: true, force: true, maxRetries: 3 } as const;

/**
 * The place of an unfinished tree, beside the finished ones. mmdebstrap's own folder must be reachable for the users it
 * maps, so an ordinary user's is in /var/tmp, and a link here tells the next install of it.
 */
export class Building {
  readonly tree: string;
  readonly workFolder: string;
  private readonly folder: string;

  constructor(toolchainFolder: string) {
    const name = `${BUILDING_PREFIX}${randomUUID()}`;
    this.folder = path.join(treesFolder(toolchainFolder), name);
    this.tree = path.join(this.folder, 'tree');
    mkdirSync(this.tree, { recursive: true });
    this.workFolder = path.join(this.folder, 'work');
    if (process.getuid?.() === 0) {
      mkdirSync(this.workFolder);
    } else {
      const shared = path.join(SHARED_TEMPORARY_FOLDER, `saiban-${name}`);
      symlinkSync(shared, this.workFolder);
      mkdirSync(shared, { mode: 0o755 });
      this.workFolder = shared;
    }
  }

  remove(): void {
    removeBuilding(this.folder);
  }
}

/** Of killed installs; the caller holds the lock, so none of them is alive. */
export function removeLeftovers(toolchainFolder: string): void {
  const folder = treesFolder(toolchainFolder);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(BUILDING_PREFIX)) removeBuilding(path.join(folder, name));
  }
}

function removeBuilding(folder: string): void {
  const link = path.join(folder, 'work');
  const shared = linkTarget(link);
  if (shared?.startsWith(`${SHARED_TEMPORARY_FOLDER}/saiban-${BUILDING_PREFIX}`) && existsSync(shared)) {
    // What mmdebstrap left there belongs to the users it mapped, and inside the same mapping they are ours. What is our
    // own is not reached there, so its exit code says nothing; what remains can be removed by us.
    const emptying = ['--unshare-helper', 'find', shared, '-xdev', '-mindepth', '2', '-delete'];
    spawnSync('mmdebstrap', emptying, { stdio: 'ignore', timeout: REMOVAL_TIMEOUT_MS });
    rmSync(shared, REMOVAL);
  }
  rmSync(folder, REMOVAL);
}

function linkTarget(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}
