import { type Checker, type CheckerOptions, type CheckResult, type Pull } from './checker.js';
import { parseDecimal } from './decimal.js';
import { comparePieces, type PieceComparison, Pieces, sameBytes, sameFolded } from './pieces.js';
import { isSpace, Tokens } from './tokens.js';

/**
 * The default output validator of Kattis and DOMjudge: tokens without regard to case (`caseSensitive`) and white space
 * (`spaceSensitive`: every byte of it counts). With a tolerance, a number in the answer wants a number that is near enough
 * absolutely or relatively; a tolerance that is not given admits no error of its kind. Numbers are finite decimals.
 * (problemtools, default_validator/compare.cc)
 */
export const kattis: Checker = (output, answer, options) => {
  const word = sameWord(options);
  return options.spaceSensitive ? withSpaces(output, answer, word) : withoutSpaces(output, answer, word);
};

type WordComparison = (found: Pieces, expected: Pieces) => boolean;

const withoutSpaces = (output: Pull, answer: Pull, word: WordComparison): CheckResult =>
  comparePieces('Token', new Tokens(output), new Tokens(answer), word);

function withSpaces(output: Pull, answer: Pull, word: WordComparison): CheckResult {
  const same: PieceComparison<WordsAndSpaces> = (found, expected) =>
    expected.isSpace || found.isSpace ? sameBytes(found, expected) : word(found, expected);
  return comparePieces('Word or white space', new WordsAndSpaces(output), new WordsAndSpaces(answer), same);
}

function sameWord({ absolute, relative, caseSensitive }: CheckerOptions): WordComparison {
  const text = caseSensitive ? sameBytes : sameFolded;
  if (absolute === undefined && relative === undefined) return text;
  return (found, expected) => {
    const wanted = parseDecimal(expected.bytes, expected.start, expected.end);
    if (Number.isNaN(wanted)) return text(found, expected);
    // NaN, no number, makes both comparisons false.
    const error = Math.abs(parseDecimal(found.bytes, found.start, found.end) - wanted);
    return error <= (absolute ?? 0) || error <= (relative ?? 0) * Math.abs(wanted);
  };
}

/** By turns a word and the white space behind it; white space may come first. */
class WordsAndSpaces extends Pieces {
  isSpace = false;

  override next(): boolean {
    let start = this.end;
    if (start === this.bytes.length) {
      if (!this.more(start)) return false;
      start = 0;
    }
    this.isSpace = isSpace(this.bytes[start]);
    let end = start;
    for (;;) {
      const { bytes } = this;
      while (end < bytes.length && isSpace(bytes[end]) === this.isSpace) end++;
      if (end < bytes.length || !this.more(start)) break;
      end -= start;
      start = 0;
    }
    this.start = start;
    this.end = end;
    return true;
  }
}
