import { parentPort, workerData } from 'node:worker_threads';
import { AnswerInvalid, checkers, pullOf } from '#libs/judging/checkers/index.js';
import type { Comparison, ThreadAnswer } from './comparison.js';

// One comparison, then the end: see comparison.ts.

function answer({ checker, output, answer, options }: Comparison): ThreadAnswer {
  try {
    return { result: checkers[checker](pullOf(output), pullOf(answer), options) };
  } catch (error) {
    if (error instanceof AnswerInvalid) return { answerInvalid: error.message };
    return { failed: String(error) };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(answer(workerData as Comparison));
