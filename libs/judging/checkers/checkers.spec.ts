import fc from 'fast-check';
import { AnswerInvalid, type CheckerName, type CheckerOptions, checkers, pullOf } from './index.js';
import { references } from '../../../test/support/checker-references.js';

const check = (name: CheckerName, output: string, answer: string, options: CheckerOptions = {}) =>
  checkers[name](pullOf(Buffer.from(output, 'latin1')), pullOf(Buffer.from(answer, 'latin1')), options);

describe('accepts', () => {
  it.each<[CheckerName, why: string, output: string, answer: string, ...options: CheckerOptions[]]>([
    ['case-folded', 'letters in another case', 'Case #1: Yes\n', 'CASE #1: yes\n'],
    ['unordered-lines', 'lines in another order', 'b\na \nb\n', 'a\nb\nb\n'],
    ['unordered-lines', 'blank lines at the end', 'b\na\n\n', 'a\nb\n'],
    ['unordered-tokens', 'tokens in another order on other lines', '3 1\n2', '1\n2\n3\n'],
    ['kattis', 'another case', 'IMPOSSIBLE\n', 'impossible\n'],
    ['kattis', 'other line breaks', '1 2\n3', '1\n2 3\n'],
    ['kattis', 'a near number by its absolute error', '1.0005', '1', { absolute: 1e-3 }],
    ['kattis', 'a near number by its relative error', '1000.5', '1000', { relative: 1e-3 }],
    ['kattis', 'another way to write a number', '1e3', '1000.0', { absolute: 0 }],
    ['kattis', 'a word in another case beside numbers', 'Yes 1', 'yes 1.0', { absolute: 1e-9 }],
    ['kattis', 'the very same white space', ' a\t\nb\n', ' A\t\nB\n', { spaceSensitive: true }],
    ['dmoj', 'more blanks between tokens', '1   2\t3', '1 2 3'],
    ['dmoj', 'blank lines for a line break', '1\n\n\r\n2', '1\n2'],
    ['dmoj', 'white space around all', '\n\n 1 2 \n\n', '1 2'],
    ['cms', 'blanks within and around lines', ' 1\t2 \n3', '1 2\n3\n'],
    ['cms', 'blank lines at the end', '1\n \n\n', '1'],
    ['lcmp', 'blanks within lines', '1  2\n', '1 2\n'],
    ['lcmp', 'a missing blank line at the end', '1', '1\n\n'],
    ['fcmp', 'CR LF for LF', '1\r\n2\r\n', '1\n2\n'],
    ['fcmp', 'white space behind the last line', '1\n \n\t\n', '1\n'],
    ['fcmp', 'blank lines that the output does not have', '1', '1\n\n\n'],
    ['wcmp', 'other spacing', '1\n2', '1 2\n'],
    ['rcmp4', 'an error of 1e-4', '1.0001', '1'],
    ['rcmp6', 'a relative error of 1e-6', '1000001', '1000000'],
    ['rcmp9', 'an error of 1e-9', '0.000000001', '0'],
    ['yesno', 'YES in another case', 'yEs\n', 'YES'],
    ['nyesno', 'many of them', 'yes No YES', 'YES\nNO\nYES'],
    ['nyesno', 'none of them', '\n', ''],
    [
      'ncmp',
      'the limits of 64 bits',
      '-9223372036854775808 9223372036854775807',
      '-9223372036854775808\n9223372036854775807',
    ],
    ['hcmp', 'a huge integer', `-${'9'.repeat(500)}\n`, `-${'9'.repeat(500)}`],
  ])('%s: %s', (name, _why, output, answer, ...options) => {
    expect(check(name, output, answer, ...options)).toEqual({ accepted: true });
  });
});

describe('does not accept, and says the first difference', () => {
  it.each<[CheckerName, why: string, output: string, answer: string, CheckerOptions, message: string]>([
    ['case-folded', 'another letter', 'yet', 'YES', {}, 'Line 1: expected "YES", found "yet".'],
    ['case-folded', 'characters 32 apart that are no letters', '[', '{', {}, 'Line 1: expected "{", found "[".'],
    ['unordered-lines', 'a line too often', 'a\na\n', 'a\nb\n', {}, 'Line 2: "a" is too often.'],
    ['unordered-lines', 'an unknown line', 'b\nc\n', 'c\na\n', {}, 'Line 1: "b" is not in the answer.'],
    ['unordered-lines', 'a missing line', 'c\n', 'c\na\nb\n', {}, 'Line missing: expected "a".'],
    ['unordered-tokens', 'a missing token', '2', '1 2', {}, 'Token missing: expected "1".'],
    ['kattis', 'another word', 'a', 'b', {}, 'Token 1: expected "b", found "a".'],
    ['kattis', 'another case when it counts', 'A', 'a', { caseSensitive: true }, 'Token 1: expected "a", found "A".'],
    ['kattis', 'a far number', '1.0011', '1', { absolute: 1e-3 }, 'Token 1: expected "1", found "1.0011".'],
    ['kattis', 'a word for a number', 'one', '1', { absolute: 1 }, 'Token 1: expected "1", found "one".'],
    ['kattis', 'trailing output', '1 2', '1', {}, 'Token 2: expected the end of the output, found "2".'],
    [
      'kattis',
      'a missing last line feed when space counts',
      'a',
      'a\n',
      { spaceSensitive: true },
      'Word or white space 2: expected "\\n", found the end of the output.',
    ],
    [
      'kattis',
      'a blank too much when space counts',
      'a  b',
      'a b',
      { spaceSensitive: true },
      'Word or white space 2: expected " ", found "  ".',
    ],
    ['dmoj', 'a line break for a blank', '1\n2', '1 2', {}, 'Token 2: expected blanks before it, found a line break.'],
    ['dmoj', 'a blank for a line break', '1 2', '1\n2', {}, 'Token 2: expected a line break before it, found blanks.'],
    ['dmoj', 'another case', 'A', 'a', {}, 'Token 1: expected "a", found "A".'],
    ['cms', 'a token on another line', '1\n2', '1 2', {}, 'Token 2: expected on line 1, found on line 2.'],
    ['cms', 'a blank line too much between', '1\n\n2', '1\n2', {}, 'Token 2: expected on line 2, found on line 3.'],
    ['lcmp', 'a line too much', '1\n2', '1\n', {}, 'Token 2: expected the end of the output, found "2".'],
    ['fcmp', 'a blank at the end of a line', '1 \n', '1\n', {}, 'Line 1: expected "1", found "1 ".'],
    ['fcmp', 'a missing line', '1\n', '1\n2\n', {}, 'Line 2: expected "2", found "".'],
    ['fcmp', 'a line too much', '1\n2\n', '1\n', {}, 'After the last line: expected "", found "2".'],
    ['rcmp4', 'an error above 1e-4', '0.00011', '0', {}, 'Token 1: expected "0", found "0.00011".'],
    ['rcmp9', 'no number', 'nan', '0', {}, 'Token 1: expected "0", found "nan", which is no number.'],
    ['yesno', 'two words', 'YES NO', 'YES', {}, 'Token 2: expected the end of the output, found "NO".'],
    ['yesno', 'another word', 'Yep', 'YES', {}, 'Token 1: expected "YES", found "Yep", which is no YES or NO.'],
    ['nyesno', 'the other word', 'YES NO', 'YES YES', {}, 'Token 2: expected "YES", found "NO".'],
    ['ncmp', 'a leading zero', '01', '1', {}, 'Token 1: expected "1", found "01", which is no 64-bit integer.'],
    ['ncmp', 'a plus sign', '+1', '1', {}, 'Token 1: expected "1", found "+1", which is no 64-bit integer.'],
    ['hcmp', 'minus zero', '-0', '0', {}, 'Token 1: expected "0", found "-0", which is no integer.'],
  ])('%s: %s', (name, _why, output, answer, options, message) => {
    expect(check(name, output, answer, options)).toEqual({ accepted: false, message });
  });
});

it('unordered-lines tells many lines apart', () => {
  const lines = Array.from({ length: 5000 }, (_, at) => `${at}\n`);
  expect(check('unordered-lines', lines.join(''), lines.toReversed().join(''))).toEqual({ accepted: true });
  const message = 'Line 4001: "4000" is not in the answer.';
  expect(check('unordered-lines', lines.join(''), lines.with(4000, 'x\n').join(''))).toEqual({
    accepted: false,
    message,
  });
});

it.each<[CheckerName, answer: string]>([
  ['rcmp6', 'one'],
  ['yesno', 'maybe'],
  ['yesno', 'YES NO'],
  ['ncmp', '9223372036854775808'],
  ['hcmp', ''],
])('%s blames the problem for the answer "%s"', (name, answer) => {
  expect(() => check(name, '1', answer)).toThrow(AnswerInvalid);
});

/** Pieces of which outputs are made: alike, so that near misses are frequent. */
const parts = fc.constantFrom(
  ...['a', 'A', 'b', 'yes', 'NO', '1', '1.0', '1.0000001', '1.0001', '1.00011', '01', '-0', '0', '1e0'],
  ...[' ', ' ', '\n', '\n', '\t', '\r\n', '\r', '\x0b', '\x85', '\0'],
);
const text = fc.array(parts, { maxLength: 9 }).map((all) => all.join(''));
/** Two texts that are the same but for one part, or have nothing to do with each other. */
const pair = fc
  .oneof(
    fc.tuple(text, text),
    fc
      .tuple(text, parts, parts, text)
      .map(([before, one, other, after]) => [before + one + after, before + other + after] as const),
    fc.tuple(text, parts, text).map(([before, one, after]) => [before + one + after, before + after] as const),
  )
  // Longer pieces are cut in messages, which is tested where it is done.
  .filter((texts) => !texts.some((text) => /[^\n]{61}/.test(text)));
const optionSets: readonly CheckerOptions[] = [
  {},
  { absolute: 1e-4 },
  { relative: 1e-7, caseSensitive: true },
  { spaceSensitive: true },
  { spaceSensitive: true, caseSensitive: true, absolute: 1e-7, relative: 1e-4 },
];

/** The same bytes in chunks of these sizes, over and over. */
function pullIn(sizes: readonly number[], bytes: string) {
  const all = Buffer.from(bytes, 'latin1');
  let at = 0;
  let turn = 0;
  return () => {
    if (at >= all.length) return null;
    const chunk = all.subarray(at, (at += sizes[turn++ % sizes.length] ?? 1));
    return chunk;
  };
}

const outcome = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    if (error instanceof AnswerInvalid) return 'AnswerInvalid';
    throw error;
  }
};

describe('a slow, obvious reference gives the same answer and the same first difference, however the bytes are cut:', () => {
  it.each(Object.keys(checkers) as CheckerName[])('%s', (name) => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(pair, sizes, fc.constantFrom(...optionSets), ([output, answer], sizes, options) => {
        const wanted = outcome(() => references[name](output, answer, options));
        expect(outcome(() => checkers[name](pullIn(sizes, output), pullIn(sizes, answer), options))).toEqual(wanted);
        expect(outcome(() => check(name, output, answer, options))).toEqual(wanted);
      }),
      { numRuns: 1000 },
    );
  });
});
