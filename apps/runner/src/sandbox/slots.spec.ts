import { type HeldSlot, Preempted, Slots, slotsOn, type SlotUser } from './slots.js';

const slots = (count: number) => Array.from({ length: count }, (_, index) => ({ index, core: index }));
const never = new AbortController().signal;

/** Asks for a slot and notes by name when it comes. */
function asker(queue: Slots, order: string[]) {
  const held = new Map<string, HeldSlot>();
  const ask = async (
    name: string,
    user: SlotUser,
    signal = never,
    preemptible = true,
    exclusive = false,
    urgent = false,
  ) => {
    held.set(name, await queue.acquire({ user, preemptible, exclusive, urgent }, signal));
    order.push(name);
  };
  const release = (name: string) => held.get(name)?.release();
  return { ask, release, held };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it('leaves a core for the services where there are more than two', () => {
    const count = (...cores: number[]) => slotsOn(cores).length;
    expect([count(0), count(0, 1), count(0, 1, 2), count(0, 1, 2, 3, 4, 5, 6, 7)]).toEqual([1, 2, 2, 7]);
  });

  it('are on the cores that this process may use, whatever their numbers', () => {
    expect(slotsOn([4, 6, 9]).map((slot) => slot.core)).toEqual([6, 9]);
    expect(slotsOn().length).toBeGreaterThan(0);
  });

  it('lets an urgent one in before all that wait, but not before one that runs', async () => {
    const order: string[] = [];
    const queue = new Slots(slots(1));
    const { ask, release } = asker(queue, order);
    void ask('running', 'judging');
    void ask('waiting', 'judging');
    void ask('alone', 'judging', never, false, true);
    void ask('probe', 'judging', never, false, false, true);
    await settle();
    expect([order, queue.busy]).toEqual([['running'], 1]);
    for (const name of ['running', 'probe', 'waiting']) {
      release(name);
      await settle();
    }
    expect(order).toEqual(['running', 'probe', 'waiting', 'alone']);
    release('alone');
    expect(queue.busy).toBe(0);
  });

  it('lets an exclusive run wait until all others are over, and nobody begin before it is over itself', async () => {
    const order: string[] = [];
    const { ask, release } = asker(new Slots(slots(2)), order);
    void ask('a', 'judging');
    void ask('b', 'judging');
    void ask('alone', 'judging', never, false, true);
    void ask('c', 'judging');
    void ask('guest', 'guest');
    release('a');
    await settle();
    expect(order).toEqual(['a', 'b']);
    await settle();
    release('a');
    release('b');
    await settle();
    expect(order).toEqual(['a', 'b', 'alone']);
    release('alone');
    await settle();
    expect(order).toEqual(['a', 'b', 'alone', 'c', 'guest']);
  });

  it('goes on when an exclusive run is given up while it waits', async () => {
    const order: string[] = [];
    const { ask } = asker(new Slots(slots(2)), order);
    const giveUp = new AbortController();
    void ask('a', 'judging');
    const alone = ask('alone', 'judging', giveUp.signal, false, true);
    void ask('b', 'judging');
    await settle();
    expect(order).toEqual(['a']);
    giveUp.abort(new Error('given up'));
    await expect(alone).rejects.toThrow('given up');
    await settle();
    expect(order).toEqual(['a', 'b']);
  });

  it('serves in order of arrival, each slot once', async () => {
    const order: string[] = [];
    const { ask, release, held } = asker(new Slots(slots(2)), order);
    for (const name of ['a', 'b', 'c', 'd']) void ask(name, 'judging');
    await settle();
    expect(order).toEqual(['a', 'b']);
    expect(held.get('a')?.slot.index).not.toBe(held.get('b')?.slot.index);
    release('b');
    release('b');
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
    release('a');
    await settle();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives guests half of the slots at most, and judging all', async () => {
    const order: string[] = [];
    const { ask } = asker(new Slots(slots(4)), order);
    for (const name of ['g1', 'g2', 'g3']) void ask(name, 'guest');
    for (const name of ['j1', 'j2']) void ask(name, 'judging');
    await settle();
    expect(order).toEqual(['g1', 'g2', 'j1', 'j2']);
  });

  it('takes the slot back from a guest when judging needs it, but only once', async () => {
    const order: string[] = [];
    const { ask, release, held } = asker(new Slots(slots(1)), order);
    void ask('guest', 'guest');
    void ask('judging', 'judging');
    await settle();
    expect(held.get('guest')?.preempted.reason).toBeInstanceOf(Preempted);
    void ask('guest again', 'guest', never, false);
    release('guest');
    await settle();
    expect(order).toEqual(['guest', 'judging']);
    release('judging');
    await settle();
    void ask('more judging', 'judging');
    await settle();
    expect(order.at(-1)).toBe('guest again');
    expect(held.get('guest again')?.preempted.aborted).toBe(false);
  });

  it('forgets who gave up waiting', async () => {
    const order: string[] = [];
    const queue = new Slots(slots(1));
    const { ask, release } = asker(queue, order);
    const leaving = new AbortController();
    void ask('a', 'judging');
    const gaveUp = ask('b', 'judging', leaving.signal);
    void ask('c', 'judging');
    await settle();
    leaving.abort(new Error('gone'));
    await expect(gaveUp).rejects.toThrow('gone');
    expect(queue.queued('judging')).toBe(1);
    release('a');
    await settle();
    expect(order).toEqual(['a', 'c']);
  });
});
