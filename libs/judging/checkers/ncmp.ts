import type { Checker } from './checker.js';
import { compareKind, isInt64 } from './numbers.js';

/** testlib's `ncmp`: signed whole numbers of 64 bits, written without leading zeros and plus signs. */
export const ncmp: Checker = (output, answer) => compareKind('64-bit integer', isInt64, output, answer);
