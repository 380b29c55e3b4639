import type { Checker } from './checker.js';
import { compareKind, demandOneToken, isInteger } from './numbers.js';

/** testlib's `hcmp`: one signed whole number of any length, written without leading zeros and plus sign. */
export const hcmp: Checker = (output, answer) => compareKind('integer', isInteger, output, demandOneToken(answer));
