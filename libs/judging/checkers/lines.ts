import { accept, type Checker, reject, show } from './checker.js';

const NEWLINE = 0x0a;

/**
 * The default for problems made on the site: line by line; blanks at the end of a line and blank lines at the end of the
 * output do not count; the rest is exact.
 */
export const lines: Checker = (output, answer) => {
  const outputEnd = endOfText(output);
  const answerEnd = endOfText(answer);
  let outputAt = 0;
  let answerAt = 0;
  for (let line = 1; outputAt < outputEnd || answerAt < answerEnd; line++) {
    const found = lineAt(output, outputAt, outputEnd);
    const expected = lineAt(answer, answerAt, answerEnd);
    if (outputAt >= outputEnd)
      return reject(`Line ${line}: expected ${show(expected.text)}, found the end of the output.`);
    if (answerAt >= answerEnd)
      return reject(`Line ${line}: expected the end of the output, found ${show(found.text)}.`);
    if (Buffer.compare(found.text, expected.text) !== 0) {
      return reject(`Line ${line}: expected ${show(expected.text)}, found ${show(found.text)}.`);
    }
    outputAt = found.next;
    answerAt = expected.next;
  }
  return accept;
};

const isBlank = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0b || byte === 0x0c;

/** Where the text ends when trailing blanks and blank lines are left out. */
function endOfText(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (isBlank(bytes[end - 1]) || bytes[end - 1] === NEWLINE)) end--;
  return end;
}

function lineAt(bytes: Uint8Array, start: number, end: number): { text: Uint8Array; next: number } {
  const newline = bytes.subarray(0, end).indexOf(NEWLINE, start);
  const stop = newline === -1 ? end : newline;
  let textEnd = stop;
  while (textEnd > start && isBlank(bytes[textEnd - 1])) textEnd--;
  return { text: bytes.subarray(start, textEnd), next: stop + 1 };
}
