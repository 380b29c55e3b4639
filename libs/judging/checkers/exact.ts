import { accept, type Checker, reject } from './checker.js';

/** Every byte counts. */
export const exact: Checker = (output, answer) => {
  const length = Math.min(output.length, answer.length);
  for (let at = 0; at < length; at++) {
    if (output[at] !== answer[at])
      return reject(`Byte ${at + 1}: expected ${hex(answer[at])}, found ${hex(output[at])}.`);
  }
  if (output.length === answer.length) return accept;
  return reject(`Expected ${answer.length} bytes, found ${output.length}.`);
};

const hex = (byte: number | undefined) => `0x${(byte ?? 0).toString(16).padStart(2, '0')}`;
