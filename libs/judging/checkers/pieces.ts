import { accept, type CheckResult, reject, show } from './checker.js';

/**
 * A walk over bytes, piece by piece; `start` and `end` say where the present piece lies. Nothing is copied and nothing is
 * made per piece: an output can hold millions of pieces, and while it is compared the worker does nothing else.
 */
export abstract class Pieces {
  start = 0;
  end = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Moves on; false when there are no more. */
  abstract next(): boolean;

  get piece(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

export type PieceComparison = (found: Pieces, expected: Pieces) => boolean;

/** Compares pair after pair and stops at the first that `same` refuses. `unit` names a piece in messages. */
export function comparePieces(unit: string, found: Pieces, expected: Pieces, same: PieceComparison): CheckResult {
  for (let ordinal = 1; ; ordinal++) {
    const isFound = found.next();
    const isExpected = expected.next();
    if (!isFound && !isExpected) return accept;
    if (!isFound) return reject(`${unit} ${ordinal}: expected ${show(expected.piece)}, found the end of the output.`);
    if (!isExpected) return reject(`${unit} ${ordinal}: expected the end of the output, found ${show(found.piece)}.`);
    if (!same(found, expected)) return reject(difference(`${unit} ${ordinal}`, found.piece, expected.piece));
  }
}

export function sameBytes(found: Pieces, expected: Pieces): boolean {
  const length = found.end - found.start;
  if (length !== expected.end - expected.start) return false;
  for (let at = 0; at < length; at++) {
    if (found.bytes[found.start + at] !== expected.bytes[expected.start + at]) return false;
  }
  return true;
}

/** Up to here a piece is shown from its beginning. */
const SHORT_BYTES = 60;
/** Of a longer piece, what is shown before the first byte that differs. */
const BEFORE_BYTES = 20;

/** Long pieces are shown from near their first difference, else both might look the same. */
function difference(where: string, found: Uint8Array, expected: Uint8Array): string {
  const at = firstDifference(found, expected);
  if (Math.max(found.length, expected.length) <= SHORT_BYTES || at <= BEFORE_BYTES) {
    return `${where}: expected ${show(expected)}, found ${show(found)}.`;
  }
  const from = at - BEFORE_BYTES;
  return `${where}, byte ${at + 1}: expected ${show(expected, from)}, found ${show(found, from)}.`;
}

/** The index of the first byte that differs; where one ends, the other differs. */
export function firstDifference(found: Uint8Array, expected: Uint8Array): number {
  const length = Math.min(found.length, expected.length);
  for (let at = 0; at < length; at++) if (found[at] !== expected[at]) return at;
  return length;
}
