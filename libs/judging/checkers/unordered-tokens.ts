import type { Checker } from './checker.js';
import { compareUnordered } from './multiset.js';
import { Tokens } from './tokens.js';

/** The tokens of `tokens` in any order, each as often as in the answer. */
export const unorderedTokens: Checker = (output, answer) =>
  compareUnordered('Token', new Tokens(output), new Tokens(answer));
