import type { Checker } from './checker.js';
import { compareKind, decimalOf } from './numbers.js';
import type { Pieces } from './pieces.js';

const { abs, max, min } = Math;
const { isNaN } = Number;

/** testlib adds this to every tolerance. */
const SLACK = 1e-15;

const isDecimal = (token: Pieces) => !isNaN(decimalOf(token));

/**
 * testlib's `rcmp4`, `rcmp6` and `rcmp9`: numbers that are near enough absolutely or relatively (`doubleCompare` of
 * testlib.h). Numbers are finite decimals: what else C's scanf takes (inf, nan, hexadecimal) is none here.
 */
function rcmp(tolerance: number): Checker {
  const error = tolerance + SLACK;
  const near = (found: Pieces, expected: Pieces) => {
    const [value, wanted] = [decimalOf(found), decimalOf(expected)];
    if (abs(value - wanted) <= error) return true;
    const [one, other] = [wanted * (1 - error), wanted * (1 + error)];
    return value >= min(one, other) && value <= max(one, other);
  };
  return (output, answer) => compareKind('number', isDecimal, output, answer, near);
}

export const rcmp4 = rcmp(1e-4);
export const rcmp6 = rcmp(1e-6);
export const rcmp9 = rcmp(1e-9);
