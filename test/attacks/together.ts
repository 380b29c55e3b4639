import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena, Seen } from './arena.js';
import { type End, MIB, type Scenario, SPINNING, STOPPED, WAITING } from './attack.js';
import { printable } from './perform.js';

/** Dead so soon after it was cancelled, before the time scale. The promise is 100 ms; the rest is for a busy machine. */
const CANCEL_MS = 250;
const CHANCE_SEED = 42;

/** The same in both slots at the same moment; both must end as if they were alone. */
const inBothSlots = (
  name: string,
  program: string,
  words: readonly string[],
  ends: readonly End[],
  tells: RegExp,
): Scenario => ({
  kind: 'scenario',
  name,
  expected: `${ends.join(' or ')}, twice`,
  takesBothSlots: true,
  async perform(arena) {
    const run = arena.runOf(program, words, ends.includes('exited 0') ? {} : SPINNING);
    const both = await Promise.all(arena.slots.map((slot) => arena.see(slot, run)));
    return {
      got: both.map(({ end }) => end).join(' and '),
      witness: both.map(({ stdout }) => printable(stdout.toString('latin1'))).join(' | '),
      wrong: both.flatMap((seen) => wrongIn(seen, ends, tells)),
    };
  },
});

function wrongIn({ end, stdout, fault }: Seen, ends: readonly End[], tells: RegExp): string[] {
  return [
    ...(ends.includes(end) ? [] : [`one ended ${end} ${fault}`]),
    ...(tells.test(stdout.toString('latin1')) ? [] : [`one tells ${printable(stdout.toString('latin1'))}`]),
  ];
}

const cancelling = (name: string, program: string, words: readonly string[]): Scenario => ({
  kind: 'scenario',
  name,
  expected: 'dead at once',
  async perform(arena) {
    const stop = new AbortController();
    const run = arena.runOf(program, words);
    const over = arena.see(arena.slots[0], run, stop.signal).then(
      ({ end }) => `it ended ${end}`,
      (error: unknown) => (error === stop.signal.reason ? 'cancelled' : String(error)),
    );
    const { pid } = await arena.waitForProgram(arena.slots[0]);
    const begun = performance.now();
    // Twice: the second changes nothing.
    for (let time = 0; time < 2; time++) stop.abort(new Error('cancelled by the test'));
    const got = await over;
    const took = performance.now() - begun;
    return {
      got,
      witness: `process ${pid > 0 ? 'seen' : 'not seen'}, gone in ${Math.round(took)} ms`,
      wrong: [
        ...(got === 'cancelled' ? [] : [got]),
        ...(took <= CANCEL_MS * arena.timeScale ? [] : [`it took ${Math.round(took)} ms`]),
      ],
    };
  },
});

/** Cancelled at any moment of its life: before it starts, while it does, when it ends. */
const cancelStorm: Scenario = {
  kind: 'scenario',
  name: 'cancelling at every moment, in both slots',
  expected: 'cancelled or exited 0',
  takesBothSlots: true,
  async perform(arena) {
    let chance = CHANCE_SEED;
    const next = () => (chance = (Math.imul(chance, 1103515245) + 12345) >>> 0) / 2 ** 32;
    const ends = new Map<string, number>();
    const one = async (slot: Arena['slots'][number], pauseMs: number) => {
      const stop = new AbortController();
      const run = arena.runOf('memory', ['child', '4']);
      const over = arena.see(slot, run, stop.signal).then(
        (seen) => `${seen.end}${seen.fault}`,
        (error: unknown) => (error === stop.signal.reason ? 'cancelled' : String(error)),
      );
      await sleep(pauseMs);
      stop.abort(new Error('cancelled by the test'));
      const end = await over;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    };
    for (let round = 0; round < 30; round++) {
      const pauses = arena.slots.map(() => Math.floor(next() * 24 * arena.timeScale));
      await Promise.all(arena.slots.map((slot, index) => one(slot, pauses[index] ?? 0)));
    }
    const witness = [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
    const good = ['cancelled', 'exited 0'];
    return {
      got: [...ends.keys()].join(' and '),
      witness,
      wrong: [...ends.keys()].filter((end) => !good.includes(end)),
    };
  },
};

/** Two things at once in one slot is a fault of ours, and does the first no harm. */
const twoAtOnce: Scenario = {
  kind: 'scenario',
  name: 'a second run in a slot that is taken',
  expected: 'exited 0 and fault',
  async perform(arena) {
    const run = arena.runOf('memory', ['here', '40']);
    const [first, second] = await Promise.all([arena.see(arena.slots[0], run), arena.see(arena.slots[0], run)]);
    const got = `${first.end} and ${second.end}`;
    return { got, witness: second.fault, wrong: got === this.expected ? [] : [got] };
  },
};

interface PairExpected {
  readonly ends: readonly [readonly End[], readonly End[]];
  /** Of each, at most. */
  readonly peaks?: readonly [number, number];
  readonly firstEnded?: 0 | 1;
}
type Side = readonly [program: string, ...words: string[]];

const pair = (name: string, sides: readonly [Side, Side], { ends, peaks, firstEnded }: PairExpected): Scenario => ({
  kind: 'scenario',
  name: `a pair: ${name}`,
  expected: ends.map((end) => end.join(' or ')).join(' and '),
  async perform(arena) {
    const [one, other] = sides.map(([program, ...words]) =>
      arena.runOf(program, words, { ...WAITING, wallTimeUs: 2_500_000 }),
    );
    if (!one || !other) throw new Error('A pair has two sides.');
    const outcome = await arena.sandbox.runPair(arena.slots[0], [one, other], arena.overdue(one, other));
    const both = outcome.outcomes.map((each) => arena.seen(each));
    const memory = outcome.outcomes.map((each) => each.memoryPeakBytes);
    return {
      got: both.map(({ end }) => end).join(' and '),
      witness: `${memory.map((bytes) => `${Math.round(bytes / MIB)} MiB`).join(' and ')}, first ${outcome.firstEnded}`,
      wrong: [
        ...both.flatMap(({ end }, index) => (ends[index]?.includes(end) ? [] : [`side ${index} ended ${end}`])),
        ...memory.flatMap((bytes, index) =>
          peaks && bytes > (peaks[index] ?? 0) ? [`side ${index} had ${bytes} bytes`] : [],
        ),
        ...(firstEnded === undefined || firstEnded === outcome.firstEnded
          ? []
          : [`side ${outcome.firstEnded} ended first`]),
      ],
    };
  },
});

const pairs: readonly Scenario[] = [
  pair(
    'both wait for the other',
    [
      ['pair', 'reads'],
      ['pair', 'reads'],
    ],
    {
      ends: [['wallTimeExceeded'], ['wallTimeExceeded', 'exited 0']],
    },
  ),
  pair(
    'both write and nobody reads',
    [
      ['pair', 'writes'],
      ['pair', 'writes'],
    ],
    {
      ends: [['wallTimeExceeded'], ['wallTimeExceeded', 'signalled 13']],
    },
  ),
  pair(
    'one leaves, the other writes on',
    [
      ['pair', 'writes'],
      ['pair', 'leaves'],
    ],
    {
      ends: [['signalled 13'], ['exited 0']],
      firstEnded: 1,
    },
  ),
  pair(
    'one leaves, the other waits for its end',
    [
      ['pair', 'leaves'],
      ['pair', 'reads'],
    ],
    {
      ends: [['exited 0'], ['exited 0']],
      firstEnded: 0,
    },
  ),
  pair(
    'one leaves a daemon that holds the pipe',
    [
      ['daemon', 'loud'],
      ['pair', 'reads'],
    ],
    {
      ends: [['exited 0'], ['exited 0']],
      firstEnded: 0,
    },
  ),
  pair(
    'one kills everything that it can',
    [
      ['pair', 'kills'],
      ['pair', 'answers'],
    ],
    {
      ends: [['exited 0'], ['exited 0']],
    },
  ),
  pair(
    'one takes too much memory',
    [
      ['memory', 'here', '256'],
      ['pair', 'reads'],
    ],
    {
      ends: [['memoryExceeded'], ['exited 0']],
      peaks: [65 * MIB, 8 * MIB],
      firstEnded: 0,
    },
  ),
  pair(
    'one is a fork bomb',
    [
      ['fork-bomb', 'plain'],
      ['pair', 'reads'],
    ],
    {
      ends: [STOPPED, [...STOPPED, 'exited 0']],
    },
  ),
];

export const together: readonly Scenario[] = [
  inBothSlots('two fork bombs side by side', 'fork-bomb', ['plain'], STOPPED, /^fork EAGAIN$/m),
  inBothSlots('two slots that kill everything that they can', 'kill-all', [], ['exited 0'], /^child signalled 9$/m),
  inBothSlots(
    'two slots full of files ending at once',
    'names',
    ['files'],
    ['exited 0', 'memoryExceeded'],
    /^making files$/m,
  ),
  inBothSlots('two slots with folders too deep ending at once', 'deep-folders', [], ['exited 0'], /^deep enough$/m),
  inBothSlots(
    'two slots full of memory',
    'memory',
    ['here', '256'],
    ['memoryExceeded', 'exited 0'],
    /^taking 256 MiB here$/m,
  ),
  cancelling('cancelling a fork bomb', 'fork-bomb', ['sessions']),
  cancelling('cancelling a program that is deaf to signals', 'deaf', []),
  cancelling('cancelling a program that waits', 'sleep', []),
  cancelling('cancelling an endless flood', 'flood', ['2', '1000000']),
  cancelStorm,
  twoAtOnce,
  ...pairs,
];
