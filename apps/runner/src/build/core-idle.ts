import { readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const US_PER_TICK = 10_000;

/** How long a core had nothing at all to do since boot; waiting for a disk is not idleness. Null when nobody tells. */
export function coreIdleUs(core: number): number | null {
  try {
    // proc(5): cpuN user nice system idle iowait …
    const [, idle] =
      new RegExp(`^cpu${core} \\d+ \\d+ \\d+ (\\d+) `, 'm').exec(readFileSync('/proc/stat', 'latin1')) ?? [];
    return idle === undefined ? null : Number(idle) * US_PER_TICK;
  } catch {
    return null;
  }
}
