import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { debootstrapArguments, nativeSources } from './debootstrap-arguments.js';
import type { Language } from './language.js';

export const NATIVE_FOLDER = path.resolve(import.meta.dirname, '../../../../../apps/runner/native');

/** Hash of everything a tree is made by, but for the versions that Debian has today. */
export function recipeFor(languages: readonly Language[], nativeFolder = NATIVE_FOLDER): string {
  const hash = createHash('sha256');
  for (const { id, build, run, packages, versionCommand } of languages) {
    hash.update(JSON.stringify({ id, build, run, packages, versionCommand }));
  }
  for (const name of nativeSources(nativeFolder)) hash.update(name).update(readFileSync(path.join(nativeFolder, name)));
  for (const argument of portableArguments(languages, nativeFolder)) hash.update(argument);
  return hash.digest('hex').slice(0, 16);
}

/** Without the mirror and the checkout's place, so that clones share a tree. */
const portableArguments = (languages: readonly Language[], nativeFolder: string) =>
  debootstrapArguments(languages, nativeFolder)
    .filter((argument) => !argument.startsWith('deb '))
    .map((argument) => argument.replaceAll(nativeFolder, ''));
