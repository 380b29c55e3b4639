/** The most that a server which only has the plain paiza API can be trusted with. */
export interface Restrictions {
  /** Input and output are UTF-8 text; other bytes would look alike. */
  readonly textOnly: boolean;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
}

/** What a problem asks of the server that runs its programs. */
export interface ProblemNeeds {
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
  readonly longestInputBytes: number;
  readonly longestAnswerBytes: number;
  /** All inputs and answers are text. */
  readonly allText: boolean;
}

/** Why a problem cannot be judged within the restrictions, for people; null when it can. */
export function obstacle(needs: ProblemNeeds, may: Restrictions): string | null {
  if (needs.longestInputBytes > may.inputBytes) return over('an input', needs.longestInputBytes, may.inputBytes);
  if (needs.longestAnswerBytes > may.outputBytes) return over('an answer', needs.longestAnswerBytes, may.outputBytes);
  if (may.textOnly && !needs.allText) return 'its test data holds bytes that are not UTF-8 text';
  if (needs.memoryLimitBytes > may.memoryLimitBytes)
    return over('a memory limit', needs.memoryLimitBytes, may.memoryLimitBytes);
  if (needs.timeLimitMs > may.timeLimitMs)
    return `it has a time limit of ${needs.timeLimitMs} ms, and at most ${may.timeLimitMs} ms are given`;
  return null;
}

const over = (what: string, bytes: number, most: number) =>
  `it has ${what} of ${bytes} bytes, and at most ${most} are given`;
