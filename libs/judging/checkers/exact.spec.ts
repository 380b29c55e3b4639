import fc from 'fast-check';
import { pullOf } from './checker.js';
import { exact } from './exact.js';

const C3A9 = Buffer.from('é');

describe('exact', () => {
  it.each<[why: string, output: Uint8Array, answer: Uint8Array, message: string]>([
    ['another byte', Buffer.from('ab'), Buffer.from('aB'), 'Byte 2: expected 0x42, found 0x62.'],
    [
      'a missing line feed',
      Buffer.from('a'),
      Buffer.from('a\n'),
      'Byte 2: expected 0x0a, found the end of the output.',
    ],
    ['a byte too much', Buffer.from('a\n'), Buffer.from('a'), 'Byte 2: expected the end of the output, found 0x0a.'],
    ['no output', Buffer.of(), Buffer.from('a'), 'Byte 1: expected 0x61, found the end of the output.'],
    ['CR LF for LF', Buffer.from('a\r\n'), Buffer.from('a\n'), 'Byte 2: expected 0x0a, found 0x0d.'],
    ['an invalid byte for a character', Buffer.of(0xff), C3A9, 'Byte 1: expected 0xc3, found 0xff.'],
    ['U+FFFD for a character', Buffer.from('\ufffd'), C3A9, 'Byte 1: expected 0xc3, found 0xef.'],
    ['U+FFFD for an invalid byte', Buffer.from('\ufffd'), Buffer.of(0xff), 'Byte 1: expected 0xff, found 0xef.'],
    ['a decomposed character', Buffer.from('e\u0301'), C3A9, 'Byte 1: expected 0xc3, found 0x65.'],
  ])('does not accept %s, and says where', (_why, output, answer, message) => {
    expect(exact(pullOf(output), pullOf(answer), {})).toEqual({ accepted: false, message });
  });

  it('accepts the same bytes and nothing else', () => {
    const bytes = fc.uint8Array({ min: 0x60, max: 0x62, maxLength: 4 });
    fc.assert(
      fc.property(bytes, bytes, (output, answer) => {
        const same = Buffer.from(output).toString('hex') === Buffer.from(answer).toString('hex');
        expect(exact(pullOf(output), pullOf(answer), {}).accepted).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });
});
