import type { Checker } from './checker.js';
import { Lines } from './lines.js';
import { comparePieces, sameFolded } from './pieces.js';

/** As `lines`, but the case of the letters A to Z does not count. Other letters are bytes, and do. */
export const caseFolded: Checker = (output, answer) =>
  comparePieces('Line', new Lines(output), new Lines(answer), sameFolded);
