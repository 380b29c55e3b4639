import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '#libs/config/config.js';
import type { Language } from './language.js';
import { allLanguages } from './languages/index.js';

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

/** Hash of everything a tree is made by, but for the versions that Debian has today. */
export function recipeOf(languages: readonly Language[], nativeFolder: string, scripts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const { id, build, run, packages, versionCommand } of languages) {
    hash.update(JSON.stringify({ id, build, run, packages, versionCommand }));
  }
  for (const name of nativeSources(nativeFolder)) hash.update(name).update(readFileSync(path.join(nativeFolder, name)));
  for (const script of scripts) hash.update(script);
  return hash.digest('hex').slice(0, 16);
}

export const nativeSources = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .toSorted();

/** An immutable tree. Resolved once: a later switch of `current` does not touch who runs. */
export interface Toolchain {
  readonly root: string;
  readonly identity: string;
  readonly languages: ReadonlyMap<string, { readonly language: Language; readonly version: string }>;
}

/** Throws ToolchainError when there is none. */
export function openToolchain(config: Config): Toolchain {
  let root: string;
  let description: TreeDescription;
  try {
    root = realpathSync(currentLink(config));
    description = JSON.parse(readFileSync(path.join(root, DESCRIPTION_FILE), 'utf8')) as TreeDescription;
  } catch (error) {
    throw new ToolchainError(
      'TOOLCHAIN_MISSING',
      `no toolchain in ${config.toolchainFolder}. Install it: npx saiban languages install`,
      { cause: error },
    );
  }
  const present = wantedLanguages(config).filter((language) => description.versions[language.id] !== undefined);
  return {
    root,
    identity: description.identity,
    languages: new Map(
      present.map((language) => [language.id, { language, version: description.versions[language.id] ?? '' }]),
    ),
  };
}
