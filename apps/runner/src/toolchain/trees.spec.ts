import { mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '#libs/config/config.js';
import { c } from './languages/c.js';
import { plain } from './languages/plain.js';
import { removeTrees } from './install.js';
import { type Recipe, recipeFor } from './recipe.js';
import { openToolchain } from './toolchain.js';
import { allTrees, currentRoot, DESCRIPTION_FILE, switchTo } from './trees.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'saiban-trees-')));
});
afterEach(() => rmSync(folder, { recursive: true }));
const config = (languages = 'c') => readConfig({ SAIBAN_TOOLCHAIN: folder, SAIBAN_LANGUAGES: languages });

function addTree(identity: string, recipe: Recipe): string {
  const file = path.join(folder, 'trees', identity, DESCRIPTION_FILE);
  mkdirSync(path.dirname(file), { recursive: true });
  const versions = Object.fromEntries(Object.keys(recipe.languages).map((id) => [id, '1.2.3']));
  writeFileSync(file, JSON.stringify({ identity, recipe, packages: [], versions, madeAt: '2026-01-01T00:00:00Z' }));
  return path.join(folder, 'trees', identity);
}

const OTHER: Recipe = { base: 'other', languages: {} };

describe('Opening the toolchain', () => {
  it('says what to type when there is none', () => {
    expect(() => openToolchain(config())).toThrow(/^TOOLCHAIN_MISSING: .* npx saiban languages install$/);
  });

  it('gives the current tree with the versions of the wanted languages', () => {
    const root = addTree('one', recipeFor([c, plain]));
    switchTo(folder, 'one');
    const toolchain = openToolchain(config());
    expect(toolchain).toMatchObject({ root, identity: 'one' });
    expect([...toolchain.languages.keys()]).toEqual(['c']);
    expect(toolchain.languages.get('c')?.version).toBe('1.2.3');
  });

  it('gives the tree of our own rows when another checkout has switched to its own', () => {
    addTree('ours', recipeFor([c]));
    addTree('theirs', OTHER);
    switchTo(folder, 'theirs');
    expect(openToolchain(config()).identity).toBe('ours');
  });

  it('refuses a tree that was made from other rows', () => {
    addTree('theirs', OTHER);
    switchTo(folder, 'theirs');
    expect(() => openToolchain(config())).toThrow('TOOLCHAIN_OUTDATED');
  });

  it('does not take an unfinished tree for one', () => {
    mkdirSync(path.join(folder, 'trees/half/usr/lib'), { recursive: true });
    addTree('building-1/tree', recipeFor([c]));
    expect(allTrees(folder)).toEqual([]);
  });

  it('refuses languages that do not exist', () => {
    expect(() => openToolchain(config('c,klingon'))).toThrow(/LANGUAGE_UNKNOWN: .*"klingon"/);
  });
});

it('switches from one whole tree to another by a relative link, so that the folder can be moved', () => {
  addTree('one', OTHER);
  addTree('two', OTHER);
  switchTo(folder, 'one');
  switchTo(folder, 'two');
  expect(readlinkSync(path.join(folder, 'current'))).toBe('trees/two');
  expect(currentRoot(folder)).toBe(path.join(folder, 'trees/two'));
});

it('removes trees that are neither current nor in use', async () => {
  addTree('used', recipeFor([c]));
  openToolchain(config());
  addTree('old', OTHER);
  addTree('new', OTHER);
  switchTo(folder, 'new');
  expect(await removeTrees(config(), 'unused')).toEqual(['old']);
  expect(await removeTrees(config(), 'all')).toEqual(['new']);
  expect(allTrees(folder).map((tree) => tree.description.identity)).toEqual(['used']);
  expect(currentRoot(folder)).toBeNull();
});
