import { accept, type Checker, reject } from './checker.js';
import { difference, Pieces, sameBytes } from './pieces.js';
import { isSpace } from './tokens.js';

/**
 * testlib's `fcmp`: the lines of the answer, byte by byte but for the carriage return of CR LF. A line that the output does
 * not have counts as empty; white space behind the last line of the answer does not count. (testlib, checkers/fcmp.cpp)
 */
export const fcmp: Checker = (output, answer) => {
  const [found, expected] = [new WholeLines(output), new WholeLines(answer)];
  for (let ordinal = 1; expected.next() && !(expected.end === expected.start && expected.atEnd()); ordinal++) {
    found.next();
    if (!sameBytes(found, expected)) return reject(difference(`Line ${ordinal}`, found.piece, expected.piece));
  }
  while (found.next())
    if (!found.piece.every(isSpace)) return reject(difference('After the last line', found.piece, NOTHING));
  return accept;
};

const NOTHING = new Uint8Array(0);
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

class WholeLines extends Pieces {
  private nextStart = 0;

  /** At the end the piece is empty. */
  override next(): boolean {
    let start = this.nextStart;
    let stop = start;
    for (;;) {
      const { bytes } = this;
      while (stop < bytes.length && bytes[stop] !== NEWLINE) stop++;
      if (stop < bytes.length || !this.more(start)) break;
      stop -= start;
      start = 0;
    }
    const isThere = stop < this.bytes.length || stop > start;
    const isBroken = stop < this.bytes.length;
    this.start = start;
    this.end = isBroken && stop > start && this.bytes[stop - 1] === CARRIAGE_RETURN ? stop - 1 : stop;
    this.nextStart = isBroken ? stop + 1 : stop;
    return isThere;
  }

  /** Whether nothing follows the present line. */
  atEnd(): boolean {
    if (this.nextStart < this.bytes.length) return false;
    const { start } = this;
    if (!this.more(start)) return true;
    this.end -= start;
    this.nextStart -= start;
    this.start = 0;
    return false;
  }
}
