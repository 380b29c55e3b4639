import { renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '#libs/config/config.js';
import { bootstrap, troubleOf } from './bootstrap.js';
import { Building, removeLeftovers } from './building.js';
import { checkLanguage } from './check-language.js';
import { inTree } from './in-tree.js';
import type { Language } from './language.js';
import { withLock } from './lock.js';
import { identityOf, type Recipe, recipeFor, serves } from './recipe.js';
import { requireSystemPackages } from './requirements.js';
import { ToolchainError, wantedLanguages } from './toolchain.js';
import {
  allTrees,
  currentLink,
  currentRoot,
  DESCRIPTION_FILE,
  findTree,
  isInUse,
  switchTo,
  type TreeDescription,
  treesFolder,
} from './trees.js';
import { MIB } from './units.js';

/** Of the tree without any language, measured. */
const BASE_BYTES = 350 * MIB;
/** mmdebstrap's own copy, the downloaded packages, and some air. */
const WORK_FACTOR = 2.5;

export interface InstallProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

export interface Installed {
  readonly identity: string;
  /** False when the tree was there already. */
  readonly fresh: boolean;
}

interface Installing {
  readonly config: Config;
  readonly languages: readonly Language[];
  readonly recipe: Recipe;
  readonly lockFd: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/**
 * Makes the tree of the wanted languages unless it is there: built beside, checked, then switched to. A killed install
 * leaves only what the next one removes. Throws ToolchainError; the signal's reason when it is aborted.
 */
export async function installToolchain(
  config: Config,
  onProgress: (progress: InstallProgress) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<Installed> {
  const languages = wantedLanguages(config);
  const recipe = recipeFor(languages);
  const present = switchToServing(config, recipe);
  if (present !== null) return present;
  requireSystemPackages();
  const onStep = stepCounter(languages, onProgress);
  const onWait = () => onProgress({ step: 'waiting for another install', done: 0, total: 1 });
  return withLock(config.toolchainFolder, onWait, async (lockFd) => {
    signal.throwIfAborted();
    // Whoever held the lock has perhaps made the same.
    return switchToServing(config, recipe) ?? make({ config, languages, recipe, lockFd, signal, onStep });
  });
}

/** Removes the trees that are neither current nor in use by a runner, or all that are not in use; returns their names. */
export async function removeTrees(config: Config, which: 'unused' | 'all'): Promise<string[]> {
  const folder = config.toolchainFolder;
  return withLock(
    folder,
    () => undefined,
    async () => {
      removeLeftovers(folder);
      const current = currentRoot(folder);
      const removed = allTrees(folder).filter(({ root }) => (which === 'all' || root !== current) && !isInUse(root));
      if (removed.some(({ root }) => root === current)) rmSync(currentLink(folder));
      for (const { root } of removed) rmSync(root, { recursive: true, force: true });
      return removed.map(({ description }) => description.identity);
    },
  );
}

function switchToServing(config: Config, recipe: Recipe): Installed | null {
  const tree = findTree(config.toolchainFolder, (description) => serves(description.recipe, recipe));
  if (tree === null) return null;
  if (tree.root !== currentRoot(config.toolchainFolder)) switchTo(config.toolchainFolder, tree.description.identity);
  return { identity: tree.description.identity, fresh: false };
}

async function make(installing: Installing): Promise<Installed> {
  const { config, languages, lockFd, signal, onStep } = installing;
  const folder = config.toolchainFolder;
  removeLeftovers(folder);
  const building = new Building(folder);
  try {
    checkSpace([folder, building.workFolder], languages);
    const { tree, workFolder } = building;
    await bootstrap({ tree, workFolder, languages, lockFd, signal, onStep });
    const description = await describe(tree, installing);
    writeFileSync(path.join(tree, DESCRIPTION_FILE), `${JSON.stringify(description, null, 1)}\n`);
    signal.throwIfAborted();
    const { identity } = description;
    renameSync(tree, path.join(treesFolder(folder), identity));
    switchTo(folder, identity);
    return { identity, fresh: true };
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? troubleOf('No space left on device') : error;
  } finally {
    building.remove();
  }
}

async function describe(tree: string, { languages, recipe, signal, onStep }: Installing): Promise<TreeDescription> {
  const versions: Record<string, string> = {};
  for (const language of languages) {
    signal.throwIfAborted();
    onStep(`testing ${language.id}`);
    versions[language.id] = await checkLanguage(tree, language);
  }
  const listed = await inTree(tree, ['dpkg-query', '-W', '-f', '${Package} ${Version} ${Architecture}\n']);
  if (listed.code !== 0) throw new ToolchainError('TREE_BROKEN', `its packages cannot be listed: ${listed.stderr}`);
  const packages = listed.stdout.trim().split('\n').toSorted();
  return { identity: identityOf(recipe, packages), recipe, packages, versions, madeAt: new Date().toISOString() };
}

/** Throws ToolchainError when one of the folders' disks has no room. */
export function checkSpace(folders: readonly string[], languages: readonly Language[]): void {
  const bytes = languages.reduce((sum, { needs }) => sum + needs.diskBytes, BASE_BYTES) * WORK_FACTOR;
  for (const folder of folders) {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize >= bytes) continue;
    throw new ToolchainError(
      'DISK_FULL',
      `${folder} needs ${gib(bytes)} GiB free and has ${gib(bavail * bsize)}. Make room, set SAIBAN_TOOLCHAIN to a ` +
        'folder on another disk, or name fewer languages in SAIBAN_LANGUAGES.',
    );
  }
}

const gib = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);

/** What mmdebstrap itself announces. */
const BOOTSTRAP_STEPS = 9;

function stepCounter(languages: readonly Language[], onProgress: (progress: InstallProgress) => void) {
  const prepared = languages.reduce((sum, { prepare = [] }) => sum + prepare.length, 0);
  const total = BOOTSTRAP_STEPS + prepared + languages.length;
  let done = 0;
  return (step: string) => {
    onProgress({ step, done, total });
    done = Math.min(done + 1, total - 1);
  };
}
