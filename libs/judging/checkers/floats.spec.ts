import fc from 'fast-check';
import { floats } from './floats.js';
import { type CheckerOptions, pullOf } from './checker.js';

const check = (output: string, answer: string, options: CheckerOptions = {}) =>
  floats(pullOf(Buffer.from(output)), pullOf(Buffer.from(answer)), options);

const absolute = { absolute: 0.01 };
const relative = { relative: 0.01 };

describe('floats', () => {
  it.each<[why: string, output: string, answer: string, options: CheckerOptions]>([
    ['the same text', '1.5', '1.5', {}],
    ['other digits of the same number', '1.50', '1.5', {}],
    ['a whole number for a fraction', '2', '2.0', {}],
    ['an exponent', '1.5e3', '1500', {}],
    ['a large E with a sign', '15E+2', '1500', {}],
    ['a plus sign', '+1.5', '1.5', {}],
    ['nothing before the point', '.5', '0.5', {}],
    ['nothing after the point', '2.', '2', {}],
    ['leading zeros', '007.0', '7', {}],
    ['minus zero', '-0.0', '0', {}],
    ['an absolute error below 1e-6', '0.0000009', '0', {}],
    ['a relative error below 1e-6', '1000000.9', '1000000', {}],
    ['an error in the absolute tolerance only', '0.005', '0', absolute],
    ['an error in the relative tolerance only', '1005', '1000', relative],
    ['when one of two tolerances passes', '1005', '1000', { absolute: 0.001, relative: 0.01 }],
    ['a tolerance of half', '-1.5', '-1', { absolute: 0.5 }],
    ['a thousand digits after the point', `0.5${'0'.repeat(1000)}`, '0.5', {}],
    ['words that are the same', 'area 1.0', 'area 1', {}],
    ['NaN for NaN', 'nan', 'nan', {}],
    ['the largest double', '1.7976931348623157e308', '1.7976931348623157E308', {}],
    ['other spacing', ' 1\n2 ', '1 2', {}],
    ['numbers of many digits that are close', '12345678901234567891', '12345678901234567890', {}],
  ])('accepts %s', (_why, output, answer, options) => {
    expect(check(output, answer, options)).toEqual({ accepted: true });
  });

  it.each<[why: string, output: string, answer: string, options: CheckerOptions]>([
    ['an error above 1e-6', '0.0000011', '0', {}],
    ['a relative error above 1e-6', '1000001.1', '1000000', {}],
    ['the other sign', '-1', '1', {}],
    ['an error above the absolute tolerance', '0.011', '0', absolute],
    ['a relative error where only an absolute one is allowed', '1005', '1000', absolute],
    ['an absolute error where only a relative one is allowed', '0.005', '0', relative],
    ['any error when both tolerances are 0', '1.0000000001', '1', { absolute: 0, relative: 0 }],
    ['NaN', 'nan', '1', {}],
    ['NaN of JavaScript', 'NaN', '1', {}],
    ['infinity', 'inf', '1', {}],
    ['infinity for the largest double', 'Infinity', '1.7976931348623157e308', {}],
    ['a number beyond all doubles', '1e999', '1e308', {}],
    ['numbers whose difference is beyond all doubles', '-1e308', '1e308', {}],
    ['hexadecimal', '0x10', '16', {}],
    ['a decimal comma', '1,5', '1.5', {}],
    ['digits with separators', '1_000', '1000', {}],
    ['a number with a unit', '1.5m', '1.5', {}],
    ['two points', '1.5.0', '1.5', {}],
    ['a lone point', '.', '0', {}],
    ['a lone sign', '-', '0', {}],
    ['a sign between', '1-5', '15', {}],
    ['an exponent without digits', '1e', '1', {}],
    ['digits of another script', '１', '1', {}],
    ['a number for a word', '0', 'none', {}],
    ['a word in another case', 'None', 'none', {}],
    ['a missing number', '1', '1 2', {}],
    ['a number too much', '1 2', '1', {}],
  ])('does not accept %s', (_why, output, answer, options) => {
    expect(check(output, answer, options).accepted).toBe(false);
  });

  it('says where, what was expected and what was found', () => {
    expect(check('1 2.5 3', '1 2.4 3')).toEqual({
      accepted: false,
      message: 'Token 2: expected "2.4", found "2.5".',
    });
  });

  it('agrees with arithmetic in whole numbers on decimals with up to 18 digits', () => {
    const expected = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    const error = fc.tuple(fc.bigInt({ min: -999n, max: 999n }), fc.integer({ min: 0, max: 15 }));
    fc.assert(
      fc.property(expected, error, fc.integer({ min: 0, max: 12 }), (expected, [factor, zeros], decimals) => {
        const difference = factor * 10n ** BigInt(zeros);
        const found = expected + difference;
        const error = Math.abs(Number(difference)) / 10 ** decimals;
        // A double may miss the last digits of both numbers: one tolerance clear of that must pass, one must not.
        const slack = (Math.abs(Number(found)) + Math.abs(Number(expected))) / 10 ** decimals / 1e15;
        const [output, answer] = [written(found, decimals), written(expected, decimals)];
        expect(check(output, answer, { absolute: error + slack }).accepted).toBe(true);
        if (error > slack) expect(check(output, answer, { absolute: error - slack }).accepted).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});

/** `digits` / 10^`decimals`. */
function written(digits: bigint, decimals: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(decimals + 1, '0');
  const sign = digits < 0n ? '-' : '';
  return decimals === 0 ? sign + text : `${sign}${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}
