import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../refusal.js';
import { signal } from './proc.js';

const LOOK_EVERY_MS = 50;

/** Waits until nothing is found any more. False when the time is over. */
export async function gone(find: () => readonly number[], withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (find().length > 0) {
    if (Date.now() >= deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

export interface EndingStep {
  /** Null only waits. */
  readonly signal: NodeJS.Signals | null;
  /** Those it is sent to; all when absent. */
  readonly to?: readonly number[];
  readonly withinMs: number;
}

/**
 * Ends what a killed launcher left, step by step and no harder than needed.
 * Throws Refusal when even the last step leaves some.
 */
export async function endLeftovers(
  what: string,
  find: () => readonly number[],
  steps: readonly EndingStep[],
): Promise<void> {
  for (const step of steps) {
    if (step.signal !== null) for (const id of step.to ?? find()) signal(id, step.signal);
    if (await gone(find, step.withinMs)) return;
  }
  throw new Refusal(`${what} of an earlier start do not end: processes ${find().join(', ')}. End them with kill -9.`);
}
