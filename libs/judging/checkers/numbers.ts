import { AnswerInvalid, type CheckResult, type Pull, show } from './checker.js';
import { parseDecimal } from './decimal.js';
import { comparePieces, type Pieces, sameBytes } from './pieces.js';
import { Tokens } from './tokens.js';

/** Tokens that must all be of one kind, in the answer too. `same` may suppose that both are. */
export function compareKind(
  kind: string,
  isOfKind: (token: Pieces) => boolean,
  output: Pull,
  answer: Pull,
  same: (found: Pieces, expected: Pieces) => boolean = sameBytes,
): CheckResult {
  return comparePieces('Token', new Tokens(output), new Tokens(answer), (found, expected, ordinal) => {
    if (!isOfKind(expected))
      throw new AnswerInvalid(`Token ${ordinal} of the answer is no ${kind}: ${show(expected.piece)}.`);
    if (!isOfKind(found))
      return `Token ${ordinal}: expected ${show(expected.piece)}, found ${show(found.piece)}, which is no ${kind}.`;
    return same(found, expected);
  });
}

/** Throws AnswerInvalid unless the answer holds exactly one token. */
export function demandOneToken(answer: Pull): Pull {
  const chunks: Uint8Array[] = [];
  for (let chunk = answer(); chunk !== null; chunk = answer()) chunks.push(chunk);
  const pull = () => {
    let at = 0;
    return () => chunks[at++] ?? null;
  };
  const tokens = new Tokens(pull());
  if (!tokens.next() || tokens.next()) throw new AnswerInvalid('The answer must hold exactly one token.');
  return pull();
}

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** `0`, or digits that do not begin with 0, perhaps behind a minus sign. */
export function isInteger({ bytes, start, end }: Pieces): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  if (first === end) return false;
  if (bytes[first] === ZERO) return end - start === 1;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return false;
  }
  return true;
}

/** With the sign. All shorter ones fit. */
const LONGEST_INT64 = 20;
const ALWAYS_FITS = 18;

export function isInt64(token: Pieces): boolean {
  const length = token.end - token.start;
  if (!isInteger(token) || length > LONGEST_INT64) return false;
  if (length <= ALWAYS_FITS) return true;
  const value = BigInt(Buffer.from(token.piece).toString('latin1'));
  return BigInt.asIntN(64, value) === value;
}

export const decimalOf = ({ bytes, start, end }: Pieces) => parseDecimal(bytes, start, end);
