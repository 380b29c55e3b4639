import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { inTree } from '../toolchain/in-tree.js';
import { SandboxFault } from './sandbox.js';

export const NATIVE_FOLDER = path.join(checkout(import.meta.dirname), 'apps/runner/native');
const PROGRAM = 'sandbox';

/** We run from `dist`, and from the sources in unit tests: neither says where the checkout begins. */
function checkout(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : checkout(path.dirname(folder));
}

/**
 * The helper's program, compiled inside the tree unless that has been done for these sources and this tree. Compiled
 * beside and renamed: a kill leaves nothing half-made. Throws SandboxFault.
 */
export async function compileHelper(treeRoot: string, cacheFolder: string): Promise<string> {
  const folder = path.join(cacheFolder, 'native');
  const program = path.join(folder, `${PROGRAM}-${sourceHash(treeRoot)}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const stale of readdirSync(folder)) rmSync(path.join(folder, stale), { recursive: true, force: true });
  const work = mkdtempSync(path.join(folder, 'building-'));
  try {
    cpSync(NATIVE_FOLDER, work, { recursive: true });
    const made = await inTree(treeRoot, ['make', '-s', PROGRAM], work);
    if (made.code !== 0) {
      const said = `${made.stdout}${made.stderr}`.slice(0, 2000);
      throw new SandboxFault(`the sandbox does not compile (make ended with ${made.code ?? 'a signal'}): ${said}`);
    }
    renameSync(path.join(work, PROGRAM), program);
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function sourceHash(treeRoot: string): string {
  const hash = createHash('sha256').update(treeRoot);
  for (const name of readdirSync(NATIVE_FOLDER)
    .filter((one) => /\.[ch]$|^Makefile$/.test(one))
    .toSorted()) {
    hash.update(`\0${name}\0`).update(readFileSync(path.join(NATIVE_FOLDER, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
