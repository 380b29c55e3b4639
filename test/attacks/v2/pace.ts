import { spawnSync } from 'node:child_process';

/** How quick a machine is at the two things that the attacks and the sandbox do: to count, and to start programs. */
export interface Pace {
  readonly loopMs: number;
  readonly forkExecMs: number;
}

const LOOP_ROUNDS = 2e7;
const STARTS = 5;
const TIMES = 12;

/** Measures this machine. The best of some times: what disturbs only ever adds. */
export function measurePace(): Pace {
  const best = (work: () => number) => Math.min(...Array.from({ length: TIMES }, work));
  return { loopMs: best(timeLoop), forkExecMs: best(timeForkExec) };
}

/** How many times slower the guest is, as a whole number: at what it is worst at, and never less than 1. */
export function slowdown(host: Pace, guest: Pace): number {
  return Math.ceil(Math.max(1, guest.loopMs / host.loopMs, guest.forkExecMs / host.forkExecMs));
}

function timeLoop(): number {
  const startedAt = performance.now();
  let value = 1;
  for (let round = 0; round < LOOP_ROUNDS; round++) value = (Math.imul(value, 31) + round) | 0;
  // Used, so that the loop may not be left out.
  if (Number.isNaN(value)) throw new Error('unreachable');
  return performance.now() - startedAt;
}

/** By a shell, because Node's own share of a start is not what a sandbox does. */
function timeForkExec(): number {
  const startedAt = performance.now();
  const script = `i=0; while [ $i -lt ${STARTS} ]; do /bin/true; i=$((i + 1)); done`;
  const { status } = spawnSync('/bin/sh', ['-c', script]);
  if (status !== 0) throw new Error(`A shell that starts /bin/true ended with ${status}.`);
  return (performance.now() - startedAt) / STARTS;
}
