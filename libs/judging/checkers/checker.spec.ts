import fc from 'fast-check';
import { show } from './checker.js';

describe('bytes for people', () => {
  it.each<[why: string, bytes: Uint8Array, shown: string]>([
    ['text as it is', Buffer.from('a b é 漢字 😀'), '"a b é 漢字 😀"'],
    ['quotes and backslashes escaped', Buffer.from('"\\'), '"\\"\\\\"'],
    ['white space by its name', Buffer.from('\n\r\t'), '"\\n\\r\\t"'],
    ['control characters as bytes', Buffer.from('\0\x1b\x7f\x85'), '"\\x00\\x1b\\x7f\\xc2\\x85"'],
    ['what turns the direction of text as bytes', Buffer.from('\u202e'), '"\\xe2\\x80\\xae"'],
    ['bytes that are no UTF-8 as bytes', Buffer.of(0x61, 0xff, 0xc3, 0x62), '"a\\xff\\xc3b"'],
    ['an overlong form as bytes', Buffer.of(0xc0, 0xaf), '"\\xc0\\xaf"'],
    ['half a surrogate pair as bytes', Buffer.of(0xed, 0xa0, 0x80), '"\\xed\\xa0\\x80"'],
    ['U+FFFD as the character it is', Buffer.from('\ufffd'), '"\ufffd"'],
  ])('show %s', (_why, bytes, shown) => {
    expect(show(bytes)).toBe(shown);
  });

  it('are cut between characters, with the whole length', () => {
    expect(show(Buffer.from('字'.repeat(30)))).toBe(`"${'字'.repeat(20)}"… (90 bytes)`);
    expect(show(Buffer.from(`a${'字'.repeat(30)}`))).toBe(`"a${'字'.repeat(19)}"… (91 bytes)`);
  });

  it('can begin later, at a character', () => {
    expect(show(Buffer.from('漢字漢字'), 4)).toBe('…"字漢字"');
    expect(show(Buffer.from('abc'), 3)).toBe('…""');
  });

  it('look different when they are different', () => {
    const bytes = fc
      .array(fc.constantFrom(0x5c, 0x78, 0x66, 0xff, 0xef, 0xbf, 0xbd, 0x22, 0x0a), { maxLength: 4 })
      .map((all) => Buffer.from(all));
    fc.assert(
      fc.property(bytes, bytes, (one, other) => expect(show(one) === show(other)).toBe(one.equals(other))),
      { numRuns: 5000 },
    );
  });
});
