import { accept, type Checker, type CheckerOptions, reject, show } from './checker.js';

/** Tokens between white space, compared byte by byte; how they are spaced does not count. */
export const tokens: Checker = (output, answer, options) =>
  compareTokens(output, answer, options, (found, expected) => Buffer.compare(found, expected) === 0);

type TokenComparison = (found: Uint8Array, expected: Uint8Array, options: CheckerOptions) => boolean;

/** Walks both token sequences and stops at the first pair that `same` refuses. */
export function compareTokens(output: Uint8Array, answer: Uint8Array, options: CheckerOptions, same: TokenComparison) {
  const found = new TokenReader(output);
  const expected = new TokenReader(answer);
  for (let ordinal = 1; ; ordinal++) {
    const foundToken = found.next();
    const expectedToken = expected.next();
    if (foundToken === null && expectedToken === null) return accept;
    if (foundToken === null)
      return reject(`Token ${ordinal}: expected ${show(expectedToken ?? NOTHING)}, found the end of the output.`);
    if (expectedToken === null)
      return reject(`Token ${ordinal}: expected the end of the output, found ${show(foundToken)}.`);
    if (!same(foundToken, expectedToken, options)) {
      return reject(`Token ${ordinal}: expected ${show(expectedToken)}, found ${show(foundToken)}.`);
    }
  }
}

const NOTHING = new Uint8Array();
/** The white space of C's isspace(). */
const isSpace = (byte: number | undefined) => byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

class TokenReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  next(): Uint8Array | null {
    while (this.at < this.bytes.length && isSpace(this.bytes[this.at])) this.at++;
    if (this.at === this.bytes.length) return null;
    const start = this.at;
    while (this.at < this.bytes.length && !isSpace(this.bytes[this.at])) this.at++;
    return this.bytes.subarray(start, this.at);
  }
}
