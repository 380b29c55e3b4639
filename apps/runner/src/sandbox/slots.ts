import os from 'node:os';
import type { Slot } from './sandbox.js';

export type SlotUser = 'judging' | 'guest';

/** A slot in use. `preempted` aborts when judging needs it; the holder kills its program and releases. */
export interface HeldSlot {
  readonly slot: Slot;
  readonly preempted: AbortSignal;
  release(): void;
}

/** Judging needed the slot of a guest. */
export class Preempted extends Error {
  override readonly name = 'Preempted';
}

interface Waiting {
  readonly user: SlotUser;
  readonly preemptible: boolean;
  readonly take: (held: HeldSlot) => void;
}

/** One slot per core; one core is left for the services where there are more than two. */
export const slotCount = (cores = os.availableParallelism()) => (cores > 2 ? cores - 1 : cores);

/** Slots in order of arrival; guests have at most half of them, and none while judging waits. */
export class Slots {
  private readonly free: Slot[];
  private waiting: Waiting[] = [];
  private readonly guests = new Map<Slot, AbortController>();
  private guestsInside = 0;

  constructor(readonly count: number) {
    this.free = Array.from({ length: count }, (_, index) => ({ index, core: index }));
  }

  queued(user: SlotUser): number {
    return this.waiting.filter((one) => one.user === user).length;
  }

  /** A guest that is `preemptible` may lose its slot to judging. Throws the signal's reason. */
  async acquire(user: SlotUser, preemptible: boolean, signal: AbortSignal): Promise<HeldSlot> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.waiting = this.waiting.filter((one) => one !== entry);
        reject(signal.reason as Error);
      };
      const take = (held: HeldSlot) => {
        signal.removeEventListener('abort', onAbort);
        resolve(held);
      };
      const entry: Waiting = { user, preemptible, take };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(entry);
      this.serve();
    });
  }

  private serve(): void {
    for (let next = this.nextServed(); next !== undefined && this.free.length > 0; next = this.nextServed()) {
      const slot = this.free.shift();
      if (!slot) return;
      const chosen = next;
      this.waiting = this.waiting.filter((one) => one !== chosen);
      chosen.take(this.hold(slot, chosen));
    }
    this.preempt();
  }

  private nextServed(): Waiting | undefined {
    const judging = this.waiting.find((one) => one.user === 'judging');
    if (judging) return judging;
    const guestsMost = Math.max(1, Math.floor(this.count / 2));
    return this.guestsInside < guestsMost ? this.waiting[0] : undefined;
  }

  private hold(slot: Slot, { user, preemptible }: Waiting): HeldSlot {
    const preempt = new AbortController();
    if (user === 'guest') this.guestsInside++;
    if (user === 'guest' && preemptible) this.guests.set(slot, preempt);
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      if (user === 'guest') this.guestsInside--;
      this.guests.delete(slot);
      this.free.push(slot);
      this.serve();
    };
    return { slot, preempted: preempt.signal, release };
  }

  private preempt(): void {
    let needed = this.queued('judging');
    for (const guest of this.guests.values()) {
      if (needed-- <= 0) return;
      guest.abort(new Preempted('Judging needs the slot.'));
    }
  }
}
