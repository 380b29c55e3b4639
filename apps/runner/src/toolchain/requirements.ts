import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { KEYRING } from './mirror.js';
import { ToolchainError } from './toolchain.js';

/** What the host must have, by the Debian package that brings it: a program, or an absolute path. */
const REQUIREMENTS = { mmdebstrap: 'mmdebstrap', bubblewrap: 'bwrap', 'debian-archive-keyring': KEYRING };
/** Of an ordinary user: mmdebstrap maps a range of users with it. */
const UNPRIVILEGED_REQUIREMENTS = { uidmap: 'newuidmap' };

/** Debian packages to install before a tree can be made and used. */
export function missingSystemPackages(): string[] {
  const required = { ...REQUIREMENTS, ...(process.getuid?.() === 0 ? {} : UNPRIVILEGED_REQUIREMENTS) };
  return Object.entries(required)
    .filter(([, file]) => !isPresent(file))
    .map(([name]) => name);
}

/** Throws ToolchainError with what to type. */
export function requireSystemPackages(): void {
  const missing = missingSystemPackages();
  if (missing.length === 0) return;
  throw new ToolchainError(
    'PACKAGES_MISSING',
    `type: sudo apt-get update && sudo apt-get install ${missing.join(' ')}`,
  );
}

function isPresent(file: string): boolean {
  if (path.isAbsolute(file)) return isAccessible(file, constants.R_OK);
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && isAccessible(path.join(folder, file), constants.X_OK));
}

function isAccessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}
