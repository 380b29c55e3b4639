import type { Language } from './language.js';
import { c } from './languages/c.js';
import { java } from './languages/java.js';
import { identityOf, recipeFor, serves } from './recipe.js';

describe('A recipe', () => {
  it('is the same whatever the order of the languages and their fields', () => {
    const reversed = Object.fromEntries(Object.entries(c).toReversed()) as unknown as Language;
    expect(recipeFor([java, reversed])).toEqual(recipeFor([c, java]));
  });

  it.each<[string, Partial<Language>]>([
    ['a flag', { build: ['gcc', '-O3', '-std=gnu17', '-o', 'main', 'main.c', '-lm'] }],
    ['a package', { packages: ['gcc'] }],
    ['a preparation', { prepare: [['true']] }],
    ['the sign of an exhausted heap', { heapExhaustedSign: /oops/ }],
  ])('changes with %s of a row', (_, change) => {
    expect(serves(recipeFor([c]), recipeFor([{ ...c, ...change }]))).toBe(false);
  });

  it('serves where fewer languages are wanted, and not where more are', () => {
    expect(serves(recipeFor([c, java]), recipeFor([c]))).toBe(true);
    expect(serves(recipeFor([c]), recipeFor([c, java]))).toBe(false);
  });
});

it('gives the same identity to the same packages and another to another version', () => {
  expect(identityOf(recipeFor([c]), ['gcc 14 amd64'])).toBe(identityOf(recipeFor([c]), ['gcc 14 amd64']));
  expect(identityOf(recipeFor([c]), ['gcc 14 amd64'])).not.toBe(identityOf(recipeFor([c]), ['gcc 15 amd64']));
});
