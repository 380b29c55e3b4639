import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What the log of the attacks on cgroup v2 is about. */
const FOLDERS = ['apps/runner/native', 'test/attacks'];

/** SHA-256 over the files that git tracks there, in its order: of each its name, a NUL, its length, a NUL, its bytes. */
export function sourceHash(checkout: string): string {
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...FOLDERS], { cwd: checkout, encoding: 'utf8' });
  const names = listed.split('\0').filter((name) => name !== '');
  const hash = createHash('sha256');
  for (const name of names) {
    const content = readFileSync(path.join(checkout, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
