import type { Checker } from './checker.js';
import { comparePieces, Pieces, sameBytes } from './pieces.js';

/** Tokens between white space, compared byte by byte; how they are spaced does not count. */
export const tokens: Checker = (output, answer) =>
  comparePieces('Token', new Tokens(output), new Tokens(answer), sameBytes);

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The white space of C's isspace(). */
export const isSpace = (byte: number | undefined) =>
  byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

export class Tokens extends Pieces {
  /** The line on which the present token stands, from 1. */
  line = 1;
  /** Line feeds and carriage returns so far. */
  breaks = 0;

  override next(): boolean {
    let start = this.skipSpace(this.end);
    let end = start;
    for (;;) {
      const { bytes } = this;
      while (end < bytes.length && !isSpace(bytes[end])) end++;
      if (end < bytes.length || !this.more(start)) break;
      end -= start;
      start = 0;
    }
    this.start = start;
    this.end = end;
    return start < end;
  }

  private skipSpace(from: number): number {
    for (let at = from; ;) {
      const { bytes } = this;
      for (; at < bytes.length && isSpace(bytes[at]); at++) {
        if (bytes[at] === NEWLINE) this.line++;
        if (bytes[at] === NEWLINE || bytes[at] === CARRIAGE_RETURN) this.breaks++;
      }
      if (at < bytes.length || !this.more(at)) return at;
      at = 0;
    }
  }
}
