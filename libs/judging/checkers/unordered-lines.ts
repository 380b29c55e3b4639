import type { Checker } from './checker.js';
import { Lines } from './lines.js';
import { compareUnordered } from './multiset.js';

/** The lines of `lines` in any order, each as often as in the answer. */
export const unorderedLines: Checker = (output, answer) =>
  compareUnordered('Line', new Lines(output), new Lines(answer));
