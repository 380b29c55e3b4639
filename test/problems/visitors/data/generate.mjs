/**
 * The large test cases, made when they are needed. The numbers come from a seed, so every machine makes the same bytes;
 * the answers come from a count by hash, while the example submissions sort.
 */
const PASSES = 600_000;
const LARGEST = 1_000_000_000;

/** Marsaglia's xorshift with 32 bits: numbers from 0 to `bound` - 1. `seed` must not be 0. */
function randomBelow(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Counts; of those that came most often, the smallest. */
function answerTo(tickets) {
  const passes = new Map();
  for (const ticket of tickets) passes.set(ticket, (passes.get(ticket) ?? 0) + 1);
  let best = Infinity;
  let most = 0;
  for (const [ticket, count] of passes) {
    if (count > most || (count === most && ticket < best)) [best, most] = [ticket, count];
  }
  return `${passes.size}\n${best} ${most}\n`;
}

const testCase = (name, tickets) => ({
  name,
  input: `${tickets.length}\n${tickets.join('\n')}\n`,
  answer: answerTo(tickets),
});

export default async function* generate() {
  const anyone = randomBelow(20_261_124);
  // Ten digits each but for a few: more than 5 MB.
  yield testCase('09-large-mostly-different', Array.from({ length: PASSES }, () => LARGEST - anyone(850_000_000)));

  const regulars = randomBelow(4_711);
  yield testCase('10-regular-visitors', Array.from({ length: 200_000 }, () => 1 + regulars(regulars(1_000) + 1)));
}
