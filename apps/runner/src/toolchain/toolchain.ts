import { realpathSync } from 'node:fs';
import type { Config } from '#libs/config/config.js';
import type { Language } from './language.js';
import { allLanguages } from './languages/index.js';
import { recipeFor, serves } from './recipe.js';
import { currentLink, findTree, markInUse, readDescription } from './trees.js';

/** A toolchain that cannot be used or made. `message` says what to do. */
export class ToolchainError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${message}`, options);
  }
}

/** An immutable tree. Resolved once: a later switch of `current` does not touch who runs. */
export interface Toolchain {
  readonly root: string;
  readonly identity: string;
  readonly languages: ReadonlyMap<string, { readonly language: Language; readonly version: string }>;
}

/** The rows this site wants. Throws ToolchainError for an unknown id. */
export function wantedLanguages(config: Config): readonly Language[] {
  const { languages } = config;
  if (languages === null) return allLanguages;
  return [...new Set(languages)].map((id) => {
    const language = allLanguages.find((one) => one.id === id);
    if (language) return language;
    const known = allLanguages.map((one) => one.id).join(', ');
    throw new ToolchainError('LANGUAGE_UNKNOWN', `SAIBAN_LANGUAGES names "${id}". There are: ${known}.`);
  });
}

/**
 * The tree that this very code would make, usually `current`; another checkout that shares the folder may have switched
 * the link to its own. Throws ToolchainError when there is none.
 */
export function openToolchain(config: Config): Toolchain {
  const wanted = wantedLanguages(config);
  const tree = findTree(config.toolchainFolder, (description) => serves(description.recipe, recipeFor(wanted)));
  if (tree === null) throw missing(config);
  markInUse(tree.root);
  const { identity, versions } = tree.description;
  const languages = wanted.map(
    (language) => [language.id, { language, version: versions[language.id] ?? '' }] as const,
  );
  return { root: tree.root, identity, languages: new Map(languages) };
}

function missing(config: Config): ToolchainError {
  const advice = 'Install it: npx saiban languages install';
  try {
    readDescription(realpathSync(currentLink(config.toolchainFolder)));
    return new ToolchainError('TOOLCHAIN_OUTDATED', `the one in ${config.toolchainFolder} is of other rows. ${advice}`);
  } catch (cause) {
    return new ToolchainError('TOOLCHAIN_MISSING', `no toolchain in ${config.toolchainFolder}. ${advice}`, { cause });
  }
}
