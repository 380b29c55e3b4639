import type { Checker } from './checker.js';
import { comparePieces, Pieces, sameBytes } from './pieces.js';

/**
 * The default for problems made on the site: line by line; blanks at the end of a line and blank lines at the end of the
 * output do not count; the rest is exact.
 */
export const lines: Checker = (output, answer) =>
  comparePieces('Line', new Lines(output), new Lines(answer), sameBytes);

const NEWLINE = 0x0a;

const isBlank = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0b || byte === 0x0c;

/** Lines without the blanks at their ends, and without blank lines at the end of all. */
class Lines extends Pieces {
  private nextStart = 0;
  private readonly textEnd: number;

  constructor(bytes: Uint8Array) {
    super(bytes);
    let end = bytes.length;
    while (end > 0 && (isBlank(bytes[end - 1]) || bytes[end - 1] === NEWLINE)) end--;
    this.textEnd = end;
  }

  override next(): boolean {
    if (this.nextStart >= this.textEnd) return false;
    let stop = this.nextStart;
    while (stop < this.textEnd && this.bytes[stop] !== NEWLINE) stop++;
    let end = stop;
    while (end > this.nextStart && isBlank(this.bytes[end - 1])) end--;
    this.start = this.nextStart;
    this.end = end;
    this.nextStart = stop + 1;
    return true;
  }
}
