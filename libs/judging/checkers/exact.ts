import { accept, type Checker, reject } from './checker.js';
import { firstDifference } from './pieces.js';

/** Every byte counts. */
export const exact: Checker = (output, answer) => {
  const at = firstDifference(output, answer);
  if (at === output.length && at === answer.length) return accept;
  return reject(`Byte ${at + 1}: expected ${byteOrEnd(answer[at])}, found ${byteOrEnd(output[at])}.`);
};

const byteOrEnd = (byte: number | undefined) =>
  byte === undefined ? 'the end of the output' : `0x${byte.toString(16).padStart(2, '0')}`;
