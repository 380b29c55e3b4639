import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bootstrapOptions, EXCLUDED, READABLE } from './bootstrap-options.js';
import { type Language, treeEnvironment } from './language.js';

/**
 * What a tree is made by, as hashes: everything but the versions that Debian has today, the mirror and the checkout's
 * place. Equal recipes need not be built twice, and deciding so needs no network.
 */
export interface Recipe {
  /** Our scripts, the native sources and the machine's architecture. */
  readonly base: string;
  /** By language, its row. */
  readonly languages: Readonly<Record<string, string>>;
}

export const NATIVE_FOLDER = path.join(checkout(import.meta.dirname), 'apps/runner/native');

/** We run from `dist`, and from the sources in unit tests: neither says where the checkout begins. */
function checkout(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : checkout(path.dirname(folder));
}

export function recipeFor(languages: readonly Language[], nativeFolder = NATIVE_FOLDER): Recipe {
  const sources = nativeSources(nativeFolder).map((name) => [
    name,
    readFileSync(path.join(nativeFolder, name), 'utf8'),
  ]);
  return {
    base: hashOf([process.arch, bootstrapOptions([], '', ['…']), EXCLUDED, READABLE, treeEnvironment, sources]),
    languages: Object.fromEntries(languages.map((language) => [language.id, hashOf(language)])),
  };
}

/** Whether a tree of one recipe can be used where the other is wanted: the same base, and at least its languages. */
export function serves(made: Recipe, wanted: Recipe): boolean {
  return (
    made.base === wanted.base && Object.entries(wanted.languages).every(([id, hash]) => made.languages[id] === hash)
  );
}

/** Of the very tree: what it is made by, and the versions that went into it. */
export const identityOf = (recipe: Recipe, packages: readonly string[]) => hashOf([recipe, packages]);

/** The C programs that are compiled into the tree. */
export function nativeSources(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .toSorted();
}

/** Of a value's JSON, with the keys in order and patterns as their source. */
function hashOf(value: unknown): string {
  const json = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof RegExp) return String(part);
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}
