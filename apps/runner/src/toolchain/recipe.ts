import { createHash } from 'node:crypto';
import { bootstrapOptions, EXCLUDED, READABLE } from './bootstrap-options.js';
import { type Language, treeEnvironment } from './language.js';

/**
 * What a tree is made by, as hashes: everything but the versions that Debian has today, the mirror and the checkout's
 * place. Equal recipes need not be built twice, and deciding so needs no network.
 */
export interface Recipe {
  /** Our scripts and the machine's architecture. */
  readonly base: string;
  /** By language, its row. */
  readonly languages: Readonly<Record<string, string>>;
}

export function recipeFor(languages: readonly Language[]): Recipe {
  return {
    base: hashOf([process.arch, bootstrapOptions([]), EXCLUDED, READABLE, treeEnvironment]),
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

/** Of a value's JSON, with the keys in order and patterns as their source. */
function hashOf(value: unknown): string {
  const json = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof RegExp) return String(part);
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}
