import fc from 'fast-check';
import { pullOf } from './checker.js';
import { lines } from './lines.js';

const check = (output: string | Uint8Array, answer: string | Uint8Array) =>
  lines(pullOf(Buffer.from(output as string)), pullOf(Buffer.from(answer as string)), {});

describe('lines', () => {
  it.each<[why: string, output: string, answer: string]>([
    ['the same text', '1\n2\n', '1\n2\n'],
    ['a missing last line feed', '1\n2', '1\n2\n'],
    ['blank lines at the end', '1\n2\n\n \t\n\n', '1\n2\n'],
    ['blanks at the ends of lines', '1 \n2\t \n', '1\n2'],
    ['blanks that the answer has', '1\n2\n', '1  \n2 \n\n'],
    ['line ends of Windows', '1\r\n2\r\n', '1\n2\n'],
    ['vertical tab and form feed at an end', '1\v\f\n', '1\n'],
    ['nothing for nothing', '', ''],
    ['blank lines for nothing', ' \n\n\r\n', ''],
    ['an empty line where the answer has one', '1\n\n2\n', '1\n  \n2\n'],
  ])('accepts %s', (_why, output, answer) => {
    expect(check(output, answer)).toEqual({ accepted: true });
  });

  it.each<[why: string, output: string | Uint8Array, answer: string | Uint8Array, message: string]>([
    ['another line', '1\n3\n', '1\n2\n', 'Line 2: expected "2", found "3".'],
    ['a missing line', '1\n', '1\n2\n', 'Line 2: expected "2", found the end of the output.'],
    ['a line too much', '1\n2\n3\n', '1\n2\n', 'Line 3: expected the end of the output, found "3".'],
    ['no output', '', '1\n', 'Line 1: expected "1", found the end of the output.'],
    ['output for nothing', 'x', '\n', 'Line 1: expected the end of the output, found "x".'],
    ['a blank at the beginning', ' 1\n', '1\n', 'Line 1: expected "1", found " 1".'],
    ['two blanks for one', '1  2\n', '1 2\n', 'Line 1: expected "1 2", found "1  2".'],
    ['a tab for a blank', '1\t2\n', '1 2\n', 'Line 1: expected "1 2", found "1\\t2".'],
    ['one line for two', '1 2\n', '1\n2\n', 'Line 1: expected "1", found "1 2".'],
    ['an empty line in between', '1\n\n2\n', '1\n2\n', 'Line 2: expected "2", found "".'],
    ['an empty line at the beginning', '\n1\n', '1\n', 'Line 1: expected "1", found "".'],
    ['another case', 'YES\n', 'Yes\n', 'Line 1: expected "Yes", found "YES".'],
    ['a NUL byte', '1\0\n', '1\n', 'Line 1: expected "1", found "1\\x00".'],
    ['a byte order mark', '\ufeff1\n', '1\n', 'Line 1: expected "1", found "\\xef\\xbb\\xbf1".'],
    ['a no-break space at an end', '1\u00a0\n', '1\n', 'Line 1: expected "1", found "1\\xc2\\xa0".'],
    ['an invalid byte for a character', Buffer.of(0xff), 'é', 'Line 1: expected "é", found "\\xff".'],
    ['U+FFFD for a character', '\ufffd', 'é', 'Line 1: expected "é", found "\ufffd".'],
    ['U+FFFD for an invalid byte', '\ufffd', Buffer.of(0xff), 'Line 1: expected "\\xff", found "\ufffd".'],
  ])('does not accept %s, and says where', (_why, output, answer, message) => {
    expect(check(output, answer)).toEqual({ accepted: false, message });
  });

  it('shows long lines from near their first difference', () => {
    const long = 'x'.repeat(1000);
    expect(check(`${long}2${long}`, `${long}3${long}`)).toEqual({
      accepted: false,
      message:
        `Line 1, byte 1001: expected …"${'x'.repeat(20)}3${'x'.repeat(39)}"… (2001 bytes), ` +
        `found …"${'x'.repeat(20)}2${'x'.repeat(39)}"… (2001 bytes).`,
    });
  });

  it('says that a long line ends too early', () => {
    const long = 'x'.repeat(100);
    expect(check(long, `${long}y`)).toMatchObject({
      message: `Line 1, byte 101: expected …"${'x'.repeat(20)}y", found …"${'x'.repeat(20)}".`,
    });
  });

  it('agrees with a slow reference on every mix of blanks, line ends and bytes', () => {
    const bytes = fc
      .array(fc.constantFrom(0x0a, 0x0a, 0x20, 0x0d, 0x61, 0x61, 0xff), { maxLength: 8 })
      .map((all) => Buffer.from(all));
    fc.assert(
      fc.property(bytes, bytes, (output, answer) => {
        expect(lines(pullOf(output), pullOf(answer), {}).accepted).toBe(trimmed(output) === trimmed(answer));
      }),
      { numRuns: 5000 },
    );
  });
});

/** The slow, obvious way; latin1 gives each byte a character of its own. */
const trimmed = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.replace(/[ \t\r\v\f]+$/, ''))
    .join('\n')
    .replace(/\n+$/, '');
