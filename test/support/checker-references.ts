import { AnswerInvalid, type CheckerName, type CheckerOptions } from '#libs/judging/checkers/index.js';
import { type CheckResult, show } from '#libs/judging/checkers/checker.js';

/**
 * The checkers once more, slow and obvious: whole texts in latin1, so that a character is a byte, cut by patterns. Only
 * tests use them.
 */
type Reference = (output: string, answer: string, options: CheckerOptions) => CheckResult;

const accepted: CheckResult = { accepted: true };
const rejected = (message: string): CheckResult => ({ accepted: false, message });
const shown = (text: string) => show(Buffer.from(text, 'latin1'));
const END = 'the end of the output';

const SPACE = /[ \t\n\v\f\r]+/;
const words = (text: string) => text.split(SPACE).filter((word) => word !== '');

function trimmedLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/[ \t\r\v\f]+$/, ''));
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

type Same = (found: string, expected: string, ordinal: number) => boolean | string;
const equal: Same = (found, expected) => found === expected;
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const folded: Same = (found, expected) => lower(found) === lower(expected);

function oneByOne(unit: string, found: readonly string[], expected: readonly string[], same: Same): CheckResult {
  for (let at = 0; at < Math.max(found.length, expected.length); at++) {
    const [left, right] = [found[at], expected[at]];
    const where = `${unit} ${at + 1}`;
    const verdict = left !== undefined && right !== undefined && same(left, right, at + 1);
    if (verdict === true) continue;
    if (typeof verdict === 'string') return rejected(`${where}: ${verdict}`);
    const [wanted, seen] = [right, left].map((side) => (side === undefined ? END : shown(side)));
    return rejected(`${where}: expected ${wanted}, found ${seen}.`);
  }
  return accepted;
}

function unordered(unit: string, found: readonly string[], expected: readonly string[]): CheckResult {
  const open = [...expected];
  for (const [at, piece] of found.entries()) {
    const place = open.indexOf(piece);
    const why = expected.includes(piece) ? 'too often' : 'not in the answer';
    if (place === -1) return rejected(`${unit} ${at + 1}: ${shown(piece)} is ${why}.`);
    open.splice(place, 1);
  }
  // Told is the one that stands first in the answer, though the last of several alike is left over.
  const lacking = expected.find((piece) => open.includes(piece));
  return lacking === undefined ? accepted : rejected(`${unit} missing: expected ${shown(lacking)}.`);
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const numberOf = (text: string) => (DECIMAL.test(text) ? Number(text) : Number.NaN);

function near(absolute: number, relative: number): (found: string, expected: string) => boolean {
  return (found, expected) => {
    const error = Math.abs(numberOf(found) - numberOf(expected));
    return error <= absolute || error <= relative * Math.abs(numberOf(expected));
  };
}

const floats: Reference = (output, answer, { absolute, relative }) => {
  const tolerance = absolute === undefined && relative === undefined ? 1e-6 : 0;
  const close = near(absolute ?? tolerance, relative ?? tolerance);
  return oneByOne('Token', words(output), words(answer), (a, b) => a === b || close(a, b));
};

const kattis: Reference = (output, answer, options) => {
  const { absolute, relative, caseSensitive, spaceSensitive } = options;
  const text = caseSensitive ? equal : folded;
  const withNumbers = absolute !== undefined || relative !== undefined;
  const word: Same = (a, b, at) =>
    withNumbers && DECIMAL.test(b) ? near(absolute ?? 0, relative ?? 0)(a, b) : text(a, b, at);
  if (!spaceSensitive) return oneByOne('Token', words(output), words(answer), word);
  const parts = (text: string) => text.match(/[ \t\n\v\f\r]+|[^ \t\n\v\f\r]+/g) ?? [];
  const isSpace = (text: string) => SPACE.test(text);
  const same: Same = (a, b, at) => (isSpace(a) || isSpace(b) ? a === b : word(a, b, at));
  return oneByOne('Word or white space', parts(output), parts(answer), same);
};

const dmoj: Reference = (output, answer) => {
  /** The white space before each token. */
  const gaps = (text: string) => [...text.matchAll(/([ \t\n\v\f\r]*)[^ \t\n\v\f\r]+/g)].map(([, gap = '']) => gap);
  const [found, expected] = [gaps(output), gaps(answer)].map((all) => all.map((gap) => /[\n\r]/.test(gap)));
  return oneByOne('Token', words(output), words(answer), (a, b, at) => {
    const [isBroken, wantsBreak] = [found?.[at - 1], expected?.[at - 1]];
    if (at === 1 || isBroken === wantsBreak) return a === b;
    const [wanted, seen] = wantsBreak ? ['a line break', 'blanks'] : ['blanks', 'a line break'];
    return `expected ${wanted} before it, found ${seen}.`;
  });
};

const cms: Reference = (output, answer) => {
  const lined = (text: string) => text.split('\n').flatMap((line, at) => words(line).map(() => at + 1));
  const [found, expected] = [lined(output), lined(answer)];
  return oneByOne('Token', words(output), words(answer), (a, b, at) =>
    found[at - 1] === expected[at - 1]
      ? a === b
      : `expected on line ${expected[at - 1]}, found on line ${found[at - 1]}.`,
  );
};

const fcmp: Reference = (output, answer) => {
  const lines = (text: string) =>
    text.split('\n').map((line, at, all) => (at < all.length - 1 ? line.replace(/\r$/, '') : line));
  const [found, expected] = [lines(output), lines(answer)];
  if (expected.at(-1) === '') expected.pop();
  if (expected.at(-1) === '') expected.pop();
  for (const [at, line] of expected.entries()) {
    const seen = found[at] ?? '';
    if (seen !== line) return rejected(`Line ${at + 1}: expected ${shown(line)}, found ${shown(seen)}.`);
  }
  const extra = found.slice(expected.length).find((line) => !/^[ \t\n\v\f\r]*$/.test(line));
  return extra === undefined ? accepted : rejected(`After the last line: expected "", found ${shown(extra)}.`);
};

function ofKind(kind: string, pattern: (word: string) => boolean, same: Same, single = false): Reference {
  return (output, answer) => {
    if (single && words(answer).length !== 1) throw new AnswerInvalid();
    return oneByOne('Token', words(output), words(answer), (a, b, at) => {
      if (!pattern(b)) throw new AnswerInvalid();
      return pattern(a) ? same(a, b, at) : `expected ${shown(b)}, found ${shown(a)}, which is no ${kind}.`;
    });
  };
}

const isInteger = (word: string) => /^(0|-?[1-9][0-9]*)$/.test(word);
const isInt64 = (word: string) => isInteger(word) && BigInt(word) < 2n ** 63n && BigInt(word) >= -(2n ** 63n);
const isYesOrNo = (word: string) => ['yes', 'no'].includes(lower(word));
const rcmp = (tolerance: number) =>
  ofKind('number', (word) => DECIMAL.test(word), near(tolerance + 1e-15, tolerance + 1e-15));

export const references: Record<CheckerName, Reference> = {
  exact: (output, answer) => {
    const at = `${output}\u0100`.split('').findIndex((byte, place) => byte !== `${answer}\u0100`[place]);
    if (at === -1) return accepted;
    const byte = (text: string) => (at < text.length ? `0x${text.charCodeAt(at).toString(16).padStart(2, '0')}` : END);
    return rejected(`Byte ${at + 1}: expected ${byte(answer)}, found ${byte(output)}.`);
  },
  lines: (output, answer) => oneByOne('Line', trimmedLines(output), trimmedLines(answer), equal),
  tokens: (output, answer) => oneByOne('Token', words(output), words(answer), equal),
  floats,
  'case-folded': (output, answer) => oneByOne('Line', trimmedLines(output), trimmedLines(answer), folded),
  'unordered-lines': (output, answer) => unordered('Line', trimmedLines(output), trimmedLines(answer)),
  'unordered-tokens': (output, answer) => unordered('Token', words(output), words(answer)),
  kattis,
  dmoj,
  cms,
  wcmp: (output, answer) => oneByOne('Token', words(output), words(answer), equal),
  lcmp: cms,
  fcmp,
  rcmp4: rcmp(1e-4),
  rcmp6: rcmp(1e-6),
  rcmp9: rcmp(1e-9),
  yesno: ofKind('YES or NO', isYesOrNo, folded, true),
  nyesno: ofKind('YES or NO', isYesOrNo, folded),
  ncmp: ofKind('64-bit integer', isInt64, equal),
  hcmp: ofKind('integer', isInteger, equal, true),
};
