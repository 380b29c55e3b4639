import type { Checker, CheckerOptions } from './checker.js';
import { compareTokens } from './tokens.js';

const DEFAULT_TOLERANCE = 1e-6;
/** A decimal number as C prints and reads it; not NaN, not infinity, not hexadecimal. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const LONGEST_NUMBER_BYTES = 400;

/**
 * Tokens, where a numeric token passes when its absolute or its relative error does (Kattis' rule). A token of the answer
 * that is no number is compared exactly.
 */
export const floats: Checker = (output, answer, options) => compareTokens(output, answer, options, closeEnough);

function closeEnough(found: Uint8Array, expected: Uint8Array, options: CheckerOptions): boolean {
  if (Buffer.compare(found, expected) === 0) return true;
  const foundNumber = parse(found);
  const expectedNumber = parse(expected);
  if (foundNumber === null || expectedNumber === null) return false;
  const difference = Math.abs(foundNumber - expectedNumber);
  const noneGiven = options.absolute === undefined && options.relative === undefined;
  const absolute = noneGiven ? DEFAULT_TOLERANCE : (options.absolute ?? 0);
  const relative = noneGiven ? DEFAULT_TOLERANCE : (options.relative ?? 0);
  return difference <= absolute || difference <= relative * Math.abs(expectedNumber);
}

function parse(token: Uint8Array): number | null {
  if (token.length > LONGEST_NUMBER_BYTES) return null;
  const text = Buffer.from(token).toString('latin1');
  if (!NUMBER.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}
