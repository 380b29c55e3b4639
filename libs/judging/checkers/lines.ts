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
export class Lines extends Pieces {
  private nextStart = 0;
  private lineStart = 0;
  private lineEnd = 0;
  /** A line that is not blank was read, and is given after the blank ones before it. */
  private holding = false;
  private blankLines = 0;

  override next(): boolean {
    if (!this.holding && !this.hold()) return false;
    const blank = this.blankLines > 0;
    if (blank) this.blankLines--;
    else this.holding = false;
    this.start = this.lineStart;
    this.end = blank ? this.lineStart : this.lineEnd;
    return true;
  }

  /** Reads as far as the next line that is not blank; false when there is none. */
  private hold(): boolean {
    while (this.readLine()) {
      this.holding = this.lineEnd > this.lineStart;
      if (this.holding) return true;
      this.blankLines++;
    }
    return false;
  }

  private readLine(): boolean {
    let start = this.nextStart;
    let stop = start;
    for (;;) {
      const { bytes } = this;
      while (stop < bytes.length && bytes[stop] !== NEWLINE) stop++;
      if (stop < bytes.length) break;
      if (!this.more(start)) {
        if (stop === start) return false;
        break;
      }
      stop -= start;
      start = 0;
    }
    let end = stop;
    while (end > start && isBlank(this.bytes[end - 1])) end--;
    this.lineStart = start;
    this.lineEnd = end;
    this.nextStart = stop < this.bytes.length ? stop + 1 : stop;
    return true;
  }
}
