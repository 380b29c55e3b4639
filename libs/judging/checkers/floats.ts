import type { Checker, CheckerOptions } from './checker.js';
import { parseDecimal } from './decimal.js';
import { comparePieces, type PieceComparison, type Pieces, sameBytes } from './pieces.js';
import { Tokens } from './tokens.js';

const DEFAULT_TOLERANCE = 1e-6;

/**
 * Tokens, where a numeric token passes when its absolute or its relative error does (Kattis' rule). A token of the answer
 * that is no number is compared exactly. Without options both errors may be 1e-6; with one of them, the other is 0.
 */
export const floats: Checker = (output, answer, options) =>
  comparePieces('Token', new Tokens(output), new Tokens(answer), closeEnough(options));

function closeEnough(options: CheckerOptions): PieceComparison<Pieces> {
  const noneGiven = options.absolute === undefined && options.relative === undefined;
  const absolute = noneGiven ? DEFAULT_TOLERANCE : (options.absolute ?? 0);
  const relative = noneGiven ? DEFAULT_TOLERANCE : (options.relative ?? 0);
  return (found, expected) => {
    if (sameBytes(found, expected)) return true;
    const wanted = parseDecimal(expected.bytes, expected.start, expected.end);
    // NaN, no number, makes both comparisons false.
    const error = magnitude(parseDecimal(found.bytes, found.start, found.end) - wanted);
    return error <= absolute || error <= relative * magnitude(wanted);
  };
}

const magnitude = (number: number) => (number < 0 ? -number : number);
