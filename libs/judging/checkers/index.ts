import type { Checker } from './checker.js';
import { exact } from './exact.js';
import { floats } from './floats.js';
import { lines } from './lines.js';
import { tokens } from './tokens.js';

/** Every checker a problem can name. To add one: a file beside this one and a line here. */
export const checkers = { lines, exact, tokens, floats } satisfies Record<string, Checker>;

export type CheckerName = keyof typeof checkers;
export const DEFAULT_CHECKER: CheckerName = 'lines';

export const isCheckerName = (name: string): name is CheckerName => Object.hasOwn(checkers, name);
export type { Checker, CheckerOptions, CheckResult } from './checker.js';
