/** As C prints and reads it; not NaN, not infinity, not hexadecimal. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** The longest double that printf("%f") writes has 316 characters; this leaves room for a thousand digits after the point. */
const LONGEST_BYTES = 1400;
/** A double holds every whole number of up to 15 digits, and every power of ten up to 10^22. */
const EXACT_DIGITS = 15;
const NOT_A_NUMBER = Number.NaN;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * The finite double nearest to the decimal number in bytes `start` to `end`; NaN when they are none.
 *
 * Short numbers without an exponent take a way of their own, because outputs have millions of them: the digits as a whole
 * number and the power of ten are both exact, so their quotient is rounded once and equals what `Number` gives.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  let at = negative || bytes[start] === PLUS ? start + 1 : start;
  if (end - at > EXACT_DIGITS) return parseAny(bytes, start, end);
  let digits = 0;
  let whole = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      whole = whole * 10 + (byte - ZERO);
      digits++;
    } else if (byte === POINT && point === -1) {
      point = at;
    } else {
      return parseAny(bytes, start, end);
    }
  }
  if (digits === 0) return NOT_A_NUMBER;
  const decimals = point === -1 ? 0 : end - 1 - point;
  const magnitude = whole / (POWERS_OF_TEN[decimals] ?? NOT_A_NUMBER);
  return negative ? -magnitude : magnitude;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function parseAny(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > LONGEST_BYTES) return NOT_A_NUMBER;
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
  if (!DECIMAL.test(text)) return NOT_A_NUMBER;
  const number = Number(text);
  return Number.isFinite(number) ? number : NOT_A_NUMBER;
}
