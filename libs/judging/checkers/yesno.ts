import type { Checker } from './checker.js';
import { compareKind, demandOneToken } from './numbers.js';
import { type Pieces, sameFolded } from './pieces.js';

const KIND = 'YES or NO';
const YES_OR_NO = /^(yes|no)$/i;
const LONGEST = 3;

const isYesOrNo = (token: Pieces) =>
  token.end - token.start <= LONGEST && YES_OR_NO.test(Buffer.from(token.piece).toString('latin1'));

/** testlib's `yesno`: one YES or NO, in any case. */
export const yesno: Checker = (output, answer) =>
  compareKind(KIND, isYesOrNo, output, demandOneToken(answer), sameFolded);

/** testlib's `nyesno`: any number of them. */
export const nyesno: Checker = (output, answer) => compareKind(KIND, isYesOrNo, output, answer, sameFolded);
