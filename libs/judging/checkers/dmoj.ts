import type { Checker } from './checker.js';
import { comparePieces, sameBytes } from './pieces.js';
import { Tokens } from './tokens.js';

/**
 * DMOJ's `standard`: tokens, and between two of them a line break must stand where the answer has one, and none elsewhere;
 * how many and what other white space does not count, nor does any before the first and after the last. A carriage return
 * breaks a line too. (judge-server, dmoj/checkers/_checker.c)
 */
export const dmoj: Checker = (output, answer) => {
  let breaksFound = 0;
  let breaksExpected = 0;
  return comparePieces('Token', new Tokens(output), new Tokens(answer), (found, expected, ordinal) => {
    const isBroken = found.breaks > breaksFound;
    const wantsBreak = expected.breaks > breaksExpected;
    breaksFound = found.breaks;
    breaksExpected = expected.breaks;
    if (ordinal === 1 || isBroken === wantsBreak) return sameBytes(found, expected);
    const [wanted, seen] = wantsBreak ? ['a line break', 'blanks'] : ['blanks', 'a line break'];
    return `Token ${ordinal}: expected ${wanted} before it, found ${seen}.`;
  });
};
