import { readFileSync } from 'node:fs';
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

export interface SlotRequest {
  readonly user: SlotUser;
  /** A guest that may lose its slot to judging. */
  readonly preemptible: boolean;
  /** Alone on the machine: waits until all other slots are free, and meanwhile nobody else gets one. */
  readonly exclusive: boolean;
  /** Judging that goes before all that wait: a probe must not queue behind hours of work. */
  readonly urgent: boolean;
}

interface Waiting extends SlotRequest {
  readonly take: (held: HeldSlot) => void;
}

/** A slot on each core that this process may use; one core is left for the services where there are more than two. */
export function slotsOn(cores = allowedCores()): Slot[] {
  const used = cores.length > 2 ? cores.slice(1) : cores;
  return used.map((core, index) => ({ index, core }));
}

/** Numbers such as `0-3,6`: a container may have been given any of the machine's cores. */
function allowedCores(): number[] {
  const [, list = '0'] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

/** Slots in order of arrival; guests have at most half of them, and none while judging waits. */
export class Slots {
  private readonly free: Slot[];
  private waiting: Waiting[] = [];
  private readonly guests = new Map<Slot, AbortController>();
  private guestsInside = 0;
  private exclusiveInside = false;
  readonly count: number;

  constructor(slots: readonly Slot[]) {
    this.free = [...slots];
    this.count = slots.length;
  }

  queued(user: SlotUser): number {
    return this.waiting.filter((one) => one.user === user).length;
  }

  /** Throws the signal's reason. */
  async acquire(request: SlotRequest, signal: AbortSignal): Promise<HeldSlot> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.waiting = this.waiting.filter((one) => one !== entry);
        reject(signal.reason as Error);
        this.serve();
      };
      const take = (held: HeldSlot) => {
        signal.removeEventListener('abort', onAbort);
        resolve(held);
      };
      const entry: Waiting = { ...request, take };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(entry);
      this.serve();
    });
  }

  /** Slots that judging uses. */
  get busy(): number {
    return this.exclusiveInside ? this.count : this.count - this.free.length - this.guestsInside;
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
    if (this.exclusiveInside) return undefined;
    const queue = this.waiting.filter((one) => one.user === 'judging');
    const judging = queue.find((one) => one.urgent) ?? queue[0];
    if (judging) return judging.exclusive && this.free.length < this.count ? undefined : judging;
    const guestsMost = Math.max(1, Math.floor(this.count / 2));
    return this.guestsInside < guestsMost ? this.waiting[0] : undefined;
  }

  private hold(slot: Slot, { user, preemptible, exclusive }: Waiting): HeldSlot {
    const preempt = new AbortController();
    if (exclusive) this.exclusiveInside = true;
    if (user === 'guest') this.guestsInside++;
    if (user === 'guest' && preemptible) this.guests.set(slot, preempt);
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      if (user === 'guest') this.guestsInside--;
      if (exclusive) this.exclusiveInside = false;
      this.guests.delete(slot);
      this.free.push(slot);
      this.serve();
    };
    return { slot, preempted: preempt.signal, release };
  }

  private preempt(): void {
    let needed = this.waiting.some((one) => one.exclusive) ? this.count : this.queued('judging');
    for (const guest of this.guests.values()) {
      if (needed-- <= 0) return;
      guest.abort(new Preempted('Judging needs the slot.'));
    }
  }
}
