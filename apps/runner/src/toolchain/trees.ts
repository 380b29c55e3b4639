import {
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import type { Recipe } from './recipe.js';

/**
 * The folder of the trees: `trees/<identity>/` is a root file system, `current` a link to one of them, `lock` is held by
 * whoever changes something, `building-…` is somebody's unfinished work.
 */
export interface TreeDescription {
  readonly identity: string;
  readonly recipe: Recipe;
  /** "name version architecture", as dpkg lists them. */
  readonly packages: readonly string[];
  /** By language. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly madeAt: string;
}

export interface Tree {
  readonly root: string;
  readonly description: TreeDescription;
}

/** Inside the tree. */
export const DESCRIPTION_FILE = 'usr/lib/saiban/tree.json';
export const BUILDING_PREFIX = 'building-';

export const treesFolder = (toolchainFolder: string) => path.join(toolchainFolder, 'trees');
export const currentLink = (toolchainFolder: string) => path.join(toolchainFolder, 'current');

export const readDescription = (root: string) =>
  JSON.parse(readFileSync(path.join(root, DESCRIPTION_FILE), 'utf8')) as TreeDescription;

/** Every whole tree, the current one first. */
export function allTrees(toolchainFolder: string): Tree[] {
  const folder = treesFolder(toolchainFolder);
  if (!existsSync(folder)) return [];
  const roots = readdirSync(folder)
    .filter((name) => !name.startsWith(BUILDING_PREFIX))
    .map((name) => path.join(realpathSync(folder), name))
    .filter((root) => existsSync(path.join(root, DESCRIPTION_FILE)));
  const current = currentRoot(toolchainFolder);
  return roots
    .toSorted((one, other) => Number(other === current) - Number(one === current))
    .map((root) => ({ root, description: readDescription(root) }));
}

export const findTree = (toolchainFolder: string, suits: (description: TreeDescription) => boolean) =>
  allTrees(toolchainFolder).find((tree) => suits(tree.description)) ?? null;

export function currentRoot(toolchainFolder: string): string | null {
  const link = currentLink(toolchainFolder);
  return existsSync(link) ? realpathSync(link) : null;
}

/** By a rename, so that there is a whole tree at every moment. */
export function switchTo(toolchainFolder: string, identity: string): void {
  const fresh = `${currentLink(toolchainFolder)}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(path.join('trees', identity), fresh);
  renameSync(fresh, currentLink(toolchainFolder));
}

/** Says to others that this process uses a tree: its root stays open until the process ends. */
export const markInUse = (root: string) => void openSync(root, 'r');

/** Whether some process that we may look at has called `markInUse`. */
export function isInUse(root: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => listed(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`))
    .some((fd) => target(fd) === root);
}

/** Processes end while one looks at them, and others are not ours to look at. */
function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}
