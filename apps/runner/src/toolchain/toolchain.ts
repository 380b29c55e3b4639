import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '#libs/config/config.js';
import type { Language } from './language.js';
import { allLanguages } from './languages/index.js';
import { recipeFor } from './recipe.js';

/** What stands in a finished tree's tree.json. */
export interface TreeDescription {
  /** Of this very tree: recipe and resolved packages. */
  readonly identity: string;
  /** Of what it was made by. The same recipe need not be built again. */
  readonly recipe: string;
  readonly packages: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** A toolchain that cannot be used. `message` says what to do. */
export class ToolchainError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${message}`, options);
  }
}

export const treesFolder = (config: Config) => path.join(config.toolchainFolder, 'trees');
export const currentLink = (config: Config) => path.join(config.toolchainFolder, 'current');
/** Inside the tree. */
export const DESCRIPTION_FILE = 'usr/lib/saiban/tree.json';

/** The rows this site wants. Throws ToolchainError for an unknown id. */
export function wantedLanguages(config: Config): readonly Language[] {
  const { languages } = config;
  if (languages === null) return allLanguages;
  return languages.map((id) => {
    const language = allLanguages.find((one) => one.id === id);
    if (!language)
      throw new ToolchainError('LANGUAGE_UNKNOWN', `SAIBAN_LANGUAGES names "${id}", which does not exist.`);
    return language;
  });
}

/** An immutable tree. Resolved once: a later switch of `current` does not touch who runs. */
export interface Toolchain {
  readonly root: string;
  readonly identity: string;
  readonly languages: ReadonlyMap<string, { readonly language: Language; readonly version: string }>;
}

/** A tree that is finished. */
export interface FinishedTree {
  readonly root: string;
  readonly description: TreeDescription;
}

/**
 * The tree of this very recipe, whatever `current` names: clones of different versions share the folder, and each needs the
 * tree that it was written for.
 */
export function findTree(config: Config, recipe: string): FinishedTree | null {
  if (!existsSync(treesFolder(config))) return null;
  for (const name of readdirSync(treesFolder(config))) {
    const root = path.join(treesFolder(config), name);
    const file = path.join(root, DESCRIPTION_FILE);
    if (name.startsWith('building-') || !existsSync(file)) continue;
    const description = JSON.parse(readFileSync(file, 'utf8')) as TreeDescription;
    if (description.recipe === recipe) return { root, description };
  }
  return null;
}

/** Throws ToolchainError when there is none. */
export function openToolchain(config: Config): Toolchain {
  const wanted = wantedLanguages(config);
  const tree = findTree(config, recipeFor(wanted));
  if (tree === null) {
    throw new ToolchainError(
      'TOOLCHAIN_MISSING',
      `no toolchain in ${config.toolchainFolder}. Install it: npx saiban languages install`,
    );
  }
  const { root, description } = tree;
  const versions = description.versions;
  return {
    root,
    identity: description.identity,
    languages: new Map(wanted.map((language) => [language.id, { language, version: versions[language.id] ?? '' }])),
  };
}
