import { accept, type CheckResult, type Pull, reject, show } from './checker.js';

const NOTHING = new Uint8Array(0);

/**
 * A walk over bytes, piece by piece; `start` and `end` say where in `bytes` the present piece lies, until the next step. In
 * a chunk nothing is copied and nothing is made per piece, for an output can hold millions of them; only a piece that
 * crosses from chunk to chunk is put together.
 */
export abstract class Pieces {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  constructor(private readonly pull: Pull) {}

  /** Moves on; false when there are no more. */
  abstract next(): boolean;

  get piece(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Gets more bytes. Those from `keep` on stay and move to the front, the others go. False, and no change, at the end. */
  protected more(keep: number): boolean {
    const kept = this.bytes.subarray(keep);
    const chunks = [kept];
    let added = 0;
    // As much again as is kept: else a long piece in short chunks is copied once per chunk.
    while (added === 0 || added < kept.length) {
      const chunk = this.pull();
      if (chunk === null) break;
      chunks.push(chunk);
      added += chunk.length;
    }
    if (added === 0) return false;
    this.bytes = kept.length === 0 && chunks.length === 2 && chunks[1] ? chunks[1] : Buffer.concat(chunks);
    return true;
  }
}

/** True for the same; what differs, for people, or false when the pieces themselves tell. */
export type PieceComparison<P extends Pieces> = (found: P, expected: P, ordinal: number) => boolean | string;

/** Compares pair after pair and stops at the first that `same` refuses. `unit` names a piece in messages. */
export function comparePieces<P extends Pieces>(
  unit: string,
  found: P,
  expected: P,
  same: PieceComparison<P>,
): CheckResult {
  for (let ordinal = 1; ; ordinal++) {
    const isFound = found.next();
    const isExpected = expected.next();
    if (!isFound && !isExpected) return accept;
    if (!isFound) return reject(missing(`${unit} ${ordinal}`, expected));
    if (!isExpected) return reject(tooMuch(`${unit} ${ordinal}`, found));
    const verdict = same(found, expected, ordinal);
    if (verdict === true) continue;
    return reject(verdict || difference(`${unit} ${ordinal}`, found.piece, expected.piece));
  }
}

export const missing = (where: string, expected: Pieces) =>
  `${where}: expected ${show(expected.piece)}, found the end of the output.`;
export const tooMuch = (where: string, found: Pieces) =>
  `${where}: expected the end of the output, found ${show(found.piece)}.`;

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
export function difference(where: string, found: Uint8Array, expected: Uint8Array): string {
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

const lowered = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));

/** But for the case of the letters A to Z. */
export function sameFolded(found: Pieces, expected: Pieces): boolean {
  const length = found.end - found.start;
  if (length !== expected.end - expected.start) return false;
  for (let at = 0; at < length; at++) {
    if (lowered[found.bytes[found.start + at] ?? 0] !== lowered[expected.bytes[expected.start + at] ?? 0]) return false;
  }
  return true;
}
