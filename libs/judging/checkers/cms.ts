import type { Checker } from './checker.js';
import { comparePieces, sameBytes } from './pieces.js';
import { Tokens } from './tokens.js';

/**
 * CMS' white-diff: line by line, each a sequence of tokens; lines of nothing but white space at the end do not count.
 * (cms/grading/steps/whitediff.py) testlib's `lcmp` differs only where a carriage return stands within a line.
 */
export const cms: Checker = (output, answer) =>
  comparePieces('Token', new Tokens(output), new Tokens(answer), (found, expected, ordinal) =>
    found.line === expected.line
      ? sameBytes(found, expected)
      : `Token ${ordinal}: expected on line ${expected.line}, found on line ${found.line}.`,
  );
