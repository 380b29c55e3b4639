import type { Checker } from './checker.js';
import { comparePieces, Pieces, sameBytes } from './pieces.js';

/** Tokens between white space, compared byte by byte; how they are spaced does not count. */
export const tokens: Checker = (output, answer) =>
  comparePieces('Token', new Tokens(output), new Tokens(answer), sameBytes);

/** The white space of C's isspace(). */
const isSpace = (byte: number | undefined) => byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

export class Tokens extends Pieces {
  override next(): boolean {
    const { bytes } = this;
    let start = this.end;
    while (start < bytes.length && isSpace(bytes[start])) start++;
    let end = start;
    while (end < bytes.length && !isSpace(bytes[end])) end++;
    this.start = start;
    this.end = end;
    return start < end;
  }
}
