import { readdirSync, readFileSync } from 'node:fs';
import type { Meter, UsageLimits } from './cgroup.js';

/** Linux reports CPU time in these to programs, whatever its own clock. */
const TICK_US = 10_000;
const PAGE_BYTES = 4096;
/** Short enough to stop a greedy program before it harms the host, long enough to cost next to nothing. */
const POLL_MS = 20;

/**
 * Figures without a cgroup: now and then a look at every process of the box. What happens between two looks is missed, and
 * an orphan's time counts only once init has reaped it: so all figures are approximate.
 */
export class ProcessPoll implements Meter {
  readonly approximate = true;
  readonly pollMs = POLL_MS;
  private init: number | null = null;
  private cpuUs = 0;
  private peakBytes = 0;

  constructor(private readonly limits: UsageLimits) {}

  add(pid: number): void {
    this.init = pid;
  }

  cpuTimeUs(): number {
    this.look();
    return this.cpuUs;
  }

  memoryPeakBytes(): number {
    return this.peakBytes;
  }

  memoryExceeded(): boolean {
    return this.peakBytes > this.limits.memoryBytes;
  }

  async remove(): Promise<void> {}

  private look(): void {
    let ticks = 0;
    let privatePages = 0;
    let sharedPages = 0;
    for (const pid of this.init === null ? [] : [this.init, ...descendants(this.init)]) {
      ticks += ticksOf(pid);
      const [, resident = 0, shared = 0] = numbers(read(`/proc/${pid}/statm`));
      privatePages += resident - shared;
      sharedPages = Math.max(sharedPages, shared);
    }
    this.cpuUs = Math.max(this.cpuUs, ticks * TICK_US);
    this.peakBytes = Math.max(this.peakBytes, (privatePages + sharedPages) * PAGE_BYTES);
  }
}

/** Of the process and the children that it has reaped: fields 14 to 17; the name before them may hold anything. */
function ticksOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1) ?? '';
  return numbers(fields.split(' ').slice(11, 15).join(' ')).reduce((sum, ticks) => sum + ticks, 0);
}

function descendants(pid: number): number[] {
  // Any thread may be the parent.
  const children = list(`/proc/${pid}/task`).flatMap((thread) => numbers(read(`/proc/${pid}/task/${thread}/children`)));
  return children.flatMap((child) => [child, ...descendants(child)]);
}

const numbers = (text: string) => text.trim().split(/\s+/).filter(Boolean).map(Number);

/** Empty when the process is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
