import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Language } from './language.js';
import { c } from './languages/c.js';
import { java } from './languages/java.js';
import { identityOf, nativeSources, recipeFor, serves } from './recipe.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-native-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const recipe = (languages: readonly Language[]) => recipeFor(languages, folder);

describe('A recipe', () => {
  it('is the same in another checkout and whatever the order of the languages and their fields', () => {
    const other = path.join(folder, 'elsewhere');
    mkdirSync(other);
    const reversed = Object.fromEntries(Object.entries(c).toReversed()) as unknown as Language;
    expect(recipeFor([java, reversed], other)).toEqual(recipe([c, java]));
  });

  it.each<[string, Partial<Language>]>([
    ['a flag', { build: ['gcc', '-O3', '-std=gnu17', '-o', 'main', 'main.c', '-lm'] }],
    ['a package', { packages: ['gcc'] }],
    ['a preparation', { prepare: [['true']] }],
    ['the sign of an exhausted heap', { heapExhaustedSign: /oops/ }],
  ])('changes with %s of a row', (_, change) => {
    expect(serves(recipe([c]), recipe([{ ...c, ...change }]))).toBe(false);
  });

  it('changes with the native sources', () => {
    writeFileSync(path.join(folder, 'init.c'), 'int main(void) { return 0; }\n');
    const before = recipe([c]);
    writeFileSync(path.join(folder, 'init.c'), 'int main(void) { return 1; }\n');
    expect(serves(before, recipe([c]))).toBe(false);
  });

  it('serves where fewer languages are wanted, and not where more are', () => {
    expect(serves(recipe([c, java]), recipe([c]))).toBe(true);
    expect(serves(recipe([c]), recipe([c, java]))).toBe(false);
  });
});

it('gives the same identity to the same packages and another to another version', () => {
  expect(identityOf(recipe([c]), ['gcc 14 amd64'])).toBe(identityOf(recipe([c]), ['gcc 14 amd64']));
  expect(identityOf(recipe([c]), ['gcc 14 amd64'])).not.toBe(identityOf(recipe([c]), ['gcc 15 amd64']));
});

it('compiles every C file and nothing else, and bears a folder without any', () => {
  expect(nativeSources(folder)).toEqual([]);
  for (const name of ['slot.c', 'init.c', 'init.h', 'Makefile']) writeFileSync(path.join(folder, name), '');
  expect(nativeSources(folder)).toEqual(['init.c', 'slot.c']);
});
