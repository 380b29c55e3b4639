import { setImmediate as otherWork } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  AnswerInvalid,
  type CheckerName,
  type CheckerOptions,
  checkers,
  type CheckResult,
  pullOf,
} from '#libs/judging/checkers/index.js';

export interface Comparison {
  readonly checker: CheckerName;
  readonly output: Uint8Array;
  readonly answer: Uint8Array;
  readonly options: CheckerOptions;
}

/** What the thread posts. Errors are sent as data: structured cloning loses their class. */
export type ThreadAnswer =
  { readonly result: CheckResult } | { readonly answerInvalid: string } | { readonly failed: string };

/** Up to this many bytes of output and answer a comparison takes some 10 ms at most. */
const IN_PLACE_BYTES = 1024 * 1024;
const COPIED_AT_ONCE_BYTES = 1024 * 1024;
/** 100 MB of the worst kind take some seconds on an idle core; a thread that is not done by then hangs: a fault of ours. */
const COMPARISON_DEADLINE_MS = 5 * 60_000;

/**
 * Compares small outputs at once and large ones in a thread of their own, so that leases are renewed meanwhile. Throws
 * AnswerInvalid, or the signal's reason, which ends the thread.
 */
export async function compare(comparison: Comparison, signal: AbortSignal): Promise<CheckResult> {
  const { checker, output, answer, options } = comparison;
  if (output.length + answer.length <= IN_PLACE_BYTES) {
    return checkers[checker](pullOf(output), pullOf(answer), options);
  }
  // The output is kept by our side and the answer is in a cache: neither can be given away.
  const shared = { ...comparison, output: await share(output), answer: await share(answer) };
  signal.throwIfAborted();
  return inThread(shared, AbortSignal.any([signal, AbortSignal.timeout(COMPARISON_DEADLINE_MS)]));
}

/** A copy that threads can see, made bit by bit. */
async function share(bytes: Uint8Array): Promise<Uint8Array> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  for (let at = 0; at < bytes.length; at += COPIED_AT_ONCE_BYTES) {
    copy.set(bytes.subarray(at, at + COPIED_AT_ONCE_BYTES), at);
    await otherWork();
  }
  return copy;
}

async function inThread(workerData: Comparison, signal: AbortSignal): Promise<CheckResult> {
  const thread = new Worker(new URL('./comparison-thread.js', import.meta.url), { workerData });
  let onAbort = () => {};
  try {
    const answer = await new Promise<ThreadAnswer>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) => reject(new Error(`The comparison's thread ended with ${code} and no answer.`)));
    });
    return resultOf(answer);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await thread.terminate();
  }
}

function resultOf(answer: ThreadAnswer): CheckResult {
  if ('result' in answer) return answer.result;
  if ('answerInvalid' in answer) throw new AnswerInvalid(answer.answerInvalid);
  throw new Error(`The comparison failed: ${answer.failed}`);
}
