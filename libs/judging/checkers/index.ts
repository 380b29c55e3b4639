import { caseFolded } from './case-folded.js';
import type { Checker } from './checker.js';
import { cms } from './cms.js';
import { dmoj } from './dmoj.js';
import { exact } from './exact.js';
import { fcmp } from './fcmp.js';
import { floats } from './floats.js';
import { hcmp } from './hcmp.js';
import { kattis } from './kattis.js';
import { lines } from './lines.js';
import { ncmp } from './ncmp.js';
import { rcmp4, rcmp6, rcmp9 } from './rcmp.js';
import { tokens } from './tokens.js';
import { unorderedLines } from './unordered-lines.js';
import { unorderedTokens } from './unordered-tokens.js';
import { nyesno, yesno } from './yesno.js';

/** Every checker a problem can name. To add one: a file beside this one and a line here. */
export const checkers = {
  lines,
  exact,
  tokens,
  floats,
  'case-folded': caseFolded,
  'unordered-lines': unorderedLines,
  'unordered-tokens': unorderedTokens,
  kattis,
  dmoj,
  cms,
  // testlib's, by their names there.
  wcmp: tokens,
  lcmp: cms,
  fcmp,
  rcmp4,
  rcmp6,
  rcmp9,
  yesno,
  nyesno,
  ncmp,
  hcmp,
} satisfies Record<string, Checker>;

export type CheckerName = keyof typeof checkers;
export const DEFAULT_CHECKER: CheckerName = 'lines';

export const isCheckerName = (name: string): name is CheckerName => Object.hasOwn(checkers, name);
export { AnswerInvalid, type Checker, type CheckerOptions, type CheckResult, pullOf } from './checker.js';
