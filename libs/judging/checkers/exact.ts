import { accept, type Checker, type Pull, reject } from './checker.js';
import { firstDifference } from './pieces.js';

/** Every byte counts. */
export const exact: Checker = (output, answer) => {
  const [found, expected] = [new Chunk(output), new Chunk(answer)];
  for (let offset = 0; ;) {
    found.fill();
    expected.fill();
    const length = Math.min(found.left.length, expected.left.length);
    const at = firstDifference(found.left, expected.left);
    if (length === 0 && found.left.length === expected.left.length) return accept;
    if (at < length || length === 0) {
      return reject(
        `Byte ${offset + at + 1}: expected ${byteOrEnd(expected.left[at])}, found ${byteOrEnd(found.left[at])}.`,
      );
    }
    offset += length;
    found.left = found.left.subarray(length);
    expected.left = expected.left.subarray(length);
  }
};

/** What is left of the present chunk. */
class Chunk {
  left: Uint8Array = new Uint8Array(0);

  constructor(private readonly pull: Pull) {}

  /** Afterwards `left` is empty at the end only. */
  fill(): void {
    while (this.left.length === 0) {
      const next = this.pull();
      if (next === null) return;
      this.left = next;
    }
  }
}

const byteOrEnd = (byte: number | undefined) =>
  byte === undefined ? 'the end of the output' : `0x${byte.toString(16).padStart(2, '0')}`;
