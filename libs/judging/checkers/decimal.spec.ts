import fc from 'fast-check';
import { parseDecimal } from './decimal.js';

const parse = (text: string) => parseDecimal(Buffer.from(`<${text}>`), 1, 1 + Buffer.byteLength(text));

const digits = (maxLength: number) =>
  fc.array(fc.constantFrom(...'0123456789'.split('')), { maxLength }).map((all) => all.join(''));

describe('parseDecimal', () => {
  it('gives the very double that Number gives, for every decimal number', () => {
    const number = fc
      .tuple(
        fc.constantFrom('', '+', '-'),
        digits(10),
        fc.constantFrom('', '.'),
        digits(10),
        fc.constantFrom('', 'e-7'),
      )
      .map((parts) => parts.join(''))
      .filter((text) => /\d/.test(text.replace(/e.*/, '')));
    fc.assert(
      fc.property(number, (text) => expect(parse(text)).toBe(Number(text))),
      { numRuns: 5000 },
    );
  });

  it('gives NaN for everything that is no decimal number', () => {
    const text = fc.array(fc.constantFrom(...'01.+-eExnaN _,'.split('')), { maxLength: 6 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (text) => {
        const isDecimal = /^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$/.test(text);
        expect(Number.isNaN(parse(text))).toBe(!isDecimal || !Number.isFinite(Number(text)));
      }),
      { numRuns: 5000 },
    );
  });

  it.each(['', '.', '+', '-.', 'é', '\u0661', '9'.repeat(1500)])('gives NaN for "%s"', (text) => {
    expect(parse(text)).toBeNaN();
  });
});
