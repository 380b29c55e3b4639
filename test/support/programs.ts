import type { Verdict } from '#libs/judging/verdict.js';

/** In the source of a program, it makes the crashing worker of the tests kill itself. */
export const WORKER_KILLER = 'KILL THE WORKER';

export interface TestProgram {
  readonly expected: Verdict;
  readonly source: string;
  /** Test cases that count: up to the first that fails. */
  readonly runs: number;
}

/** Sums of `SUM_CASES` test cases; test case n asks for n + 1000. */
export const SUM_CASES = 8;
export const sumTestCases = Array.from({ length: SUM_CASES }, (_, at) => ({
  input: `${at + 1} 1000\n`,
  answer: `${at + 1001}\n`,
  sample: at === 0,
}));

/** Slow enough to be caught in the act, in a language that needs no build. */
const SLOWLY = 'read a b; sleep 0.15; ';

/** One program after another, of every verdict that is quick to get; `nonce` makes sources differ. */
export function sumProgram(at: number, nonce = ''): TestProgram {
  const kinds: readonly TestProgram[] = [
    { expected: 'AC', source: `${SLOWLY}echo $((a + b))`, runs: SUM_CASES },
    { expected: 'WA', source: `${SLOWLY}if [ $a = 5 ]; then echo 0; else echo $((a + b)); fi`, runs: 5 },
    { expected: 'RTE', source: `${SLOWLY}echo $((a + b)); if [ $a = 3 ]; then exit 7; fi`, runs: 3 },
    { expected: 'AC', source: `${SLOWLY}printf '%d\\n\\n' $((a + b))`, runs: SUM_CASES },
    { expected: 'WA', source: `${SLOWLY}echo $((a + b + (a == ${SUM_CASES})))`, runs: SUM_CASES },
  ];
  const kind = kinds[at % kinds.length];
  if (!kind) throw new Error('unreachable');
  return { ...kind, source: `${kind.source}\n# ${nonce} ${at}\n` };
}
