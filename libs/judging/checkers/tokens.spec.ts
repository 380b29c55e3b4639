import fc from 'fast-check';
import { pullOf } from './checker.js';
import { tokens } from './tokens.js';

const check = (output: string | Uint8Array, answer: string | Uint8Array) =>
  tokens(pullOf(Buffer.from(output as string)), pullOf(Buffer.from(answer as string)), {});

describe('tokens', () => {
  it.each<[why: string, output: string, answer: string]>([
    ['the same text', '1 2\n', '1 2\n'],
    ['other spacing', '\n 1\t\t2 ', '1 2\n'],
    ['lines for blanks', '1\n2\n', '1 2\n'],
    ['every white space of C', '1 \t\n\v\f\r2', '1 2'],
    ['white space for nothing', ' \n', ''],
    ['nothing for nothing', '', ''],
  ])('accepts %s', (_why, output, answer) => {
    expect(check(output, answer)).toEqual({ accepted: true });
  });

  it.each<[why: string, output: string | Uint8Array, answer: string | Uint8Array, message: string]>([
    ['another token', '1 3', '1 2', 'Token 2: expected "2", found "3".'],
    ['a missing token', '1', '1 2', 'Token 2: expected "2", found the end of the output.'],
    ['a token too much', '1 2', '1', 'Token 2: expected the end of the output, found "2".'],
    ['no output', '\n', '1', 'Token 1: expected "1", found the end of the output.'],
    ['joined tokens', '12', '1 2', 'Token 1: expected "1", found "12".'],
    ['a prefix', 'ab', 'abc', 'Token 1: expected "abc", found "ab".'],
    ['another way to write a number', '1.0', '1', 'Token 1: expected "1", found "1.0".'],
    ['a no-break space as white space', '1\u00a02', '1 2', 'Token 1: expected "1", found "1\\xc2\\xa02".'],
    ['an ideographic space as white space', '1\u30002', '1 2', 'Token 1: expected "1", found "1\\xe3\\x80\\x802".'],
    ['a NUL byte', '1\0', '1', 'Token 1: expected "1", found "1\\x00".'],
    ['an invalid byte for a character', Buffer.of(0xff), 'é', 'Token 1: expected "é", found "\\xff".'],
    ['U+FFFD for a character', '\ufffd', 'é', 'Token 1: expected "é", found "\ufffd".'],
  ])('does not accept %s, and says where', (_why, output, answer, message) => {
    expect(check(output, answer)).toEqual({ accepted: false, message });
  });

  it('agrees with a slow reference on every mix of white space and bytes', () => {
    const bytes = fc
      .array(fc.constantFrom(0x0a, 0x20, 0x0b, 0x61, 0x61, 0x62, 0x85, 0xa0), { maxLength: 7 })
      .map((all) => Buffer.from(all));
    fc.assert(
      fc.property(bytes, bytes, (output, answer) => {
        const same = JSON.stringify(split(output)) === JSON.stringify(split(answer));
        expect(tokens(pullOf(output), pullOf(answer), {}).accepted).toBe(same);
      }),
      { numRuns: 5000 },
    );
  });
});

/** The slow, obvious way; latin1 gives each byte a character of its own. */
const split = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('latin1')
    .split(/[ \t\n\v\f\r]+/)
    .filter((token) => token !== '');
