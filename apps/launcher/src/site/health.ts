import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../refusal.js';

const LOOK_EVERY_MS = 250;
const ANSWER_WITHIN_MS = 5_000;

interface Options {
  readonly withinMs: number;
  readonly stop: AbortSignal;
  readonly detail: (text: string) => void;
  readonly logFolder: string;
}

/** Waits for 200: database and queue answer and a worker has judged its own A+B. Throws Refusal when the time is over. */
export async function awaitHealth(url: string, { withinMs, stop, detail, logFolder }: Options): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    stop.throwIfAborted();
    const failing = await failingParts(`${url}/api/health`);
    if (failing === null) return;
    detail(failing);
    if (Date.now() > deadline) {
      throw new Refusal(`The judge is not ready after ${withinMs / 1000} s: ${failing}. Its logs lie in ${logFolder}.`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Waits until no language is in its self-test any more: a submission in one would be refused. Gives up in silence. */
export async function awaitLanguages(
  states: () => Promise<readonly { readonly state: string }[]>,
  withinMs: number,
  stop: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline && (await states()).some(({ state }) => state === 'installing')) {
    stop.throwIfAborted();
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Null when healthy, else what is not, for people. */
async function failingParts(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const { message } = (await response.json()) as { readonly message?: string };
    return response.status === 200 ? null : (message ?? `the api answers ${response.status}`);
  } catch {
    return 'the api does not answer yet';
  }
}
