import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Slot } from './sandbox.js';

/** Groups of cgroup v1 or v2 for the slots; what lies below them is the helper's, see apps/runner/native/cgroup.h. */
export interface CgroupParents {
  readonly version: 'v1' | 'v2';
  /** Runs may be swapped out: there is swap, and the kernel does not count it. */
  readonly swaps: boolean;
  /** One folder for each of v1's hierarchies, in the order cpuacct, memory, pids; one for v2. */
  slotFolders(slot: Slot): string[];
  /** Everything in them must be dead. */
  remove(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';
const V1_CONTROLLERS = ['cpuacct', 'memory', 'pids'] as const;
const OUR_PREFIX = 'saiban-';
/** Of our group on v2: where this process goes, and those that were in its group with it. */
const LEAF = 'runner';
const OUR_LEAVES = new RegExp(`(/${OUR_PREFIX}\\d+/${LEAF})+$`);
/** Runs go before the services of the same machine; 100 is what everyone has. */
const RUNS_WEIGHT = 1000;
const REMOVE_ATTEMPTS = 100;
const REMOVE_PAUSE_MS = 10;

/** What this process may use: v2 or v1 as the host has it, or null where neither is writable. */
export function openCgroups(slots: readonly Slot[]): CgroupParents | null {
  const opened = openV2() ?? openV1();
  if (!opened) return null;
  const { version, parents } = opened;
  const slotFolders = (slot: Slot) => parents.map((parent) => path.join(parent, `slot-${slot.index}`));
  for (const slot of slots) {
    for (const folder of slotFolders(slot)) {
      mkdirSync(folder, { recursive: true });
      if (version === 'v2') enableControllers(folder);
    }
  }
  return {
    version,
    swaps: hasSwap() && slots.some((slot) => !limitsSwap(slotFolders(slot))),
    slotFolders,
    remove: async () => {
      for (const slot of slots) for (const folder of slotFolders(slot)) await removeTree(folder).catch(ignoreBusy);
      // Unless another sandbox of this process has slots there.
      for (const parent of parents) removeIfEmpty(parent);
    },
  };
}

const hasSwap = () => !/^SwapTotal:\s+0 kB/m.test(readFileSync('/proc/meminfo', 'utf8'));
const limitsSwap = (folders: readonly string[]) =>
  folders.some((folder) =>
    ['memory.memsw.limit_in_bytes', 'memory.swap.max'].some((file) => existsSync(path.join(folder, file))),
  );

const write = (folder: string, file: string, value: string | number) =>
  writeFileSync(path.join(folder, file), `${value}`);

/** Paths of our own groups: by controller on v1, by the empty name on v2. */
function ownPaths(): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    for (const controller of controllers.split(',')) paths.set(controller, rest.join(':'));
  }
  return paths;
}

interface Opened {
  readonly version: 'v1' | 'v2';
  readonly parents: readonly string[];
}

function openV1(): Opened | null {
  const paths = ownPaths();
  const parents: string[] = [];
  for (const controller of V1_CONTROLLERS) {
    const own = path.join(ROOT, controller, paths.get(controller) ?? '/');
    if (!paths.has(controller) || !writable(own)) return null;
    parents.push(ours(own));
  }
  return { version: 'v1', parents };
}

function openV2(): Opened | null {
  // Whoever was moved into a leaf of ours, such as the launcher that now starts us again, is served where that one lies.
  const own = path.join(ROOT, (ownPaths().get('') ?? '/').replace(OUR_LEAVES, ''));
  if (!existsSync(path.join(ROOT, 'cgroup.controllers')) || !writable(own)) return null;
  try {
    const parent = ours(own);
    const leaf = path.join(parent, LEAF);
    const runs = path.join(parent, 'runs');
    for (const folder of [leaf, runs]) mkdirSync(folder, { recursive: true });
    makeParent(own, leaf);
    for (const folder of [parent, runs]) enableControllers(folder);
    if (existsSync(path.join(runs, 'cpu.weight'))) write(runs, 'cpu.weight', RUNS_WEIGHT);
    return { version: 'v2', parents: [runs] };
  } catch {
    // Not delegated to us.
    return null;
  }
}

/**
 * A group that hands on controllers may hold no process, but for the machine's root: all that are in it go into the leaf,
 * we and those who share our group, as launcher, api and worker do, or a shell.
 */
function makeParent(folder: string, leaf: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      return enableControllers(folder);
    } catch (error) {
      // Busy again when one of them has had a child meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || attempt > REMOVE_ATTEMPTS) throw error;
    }
    for (const pid of readFileSync(path.join(folder, 'cgroup.procs'), 'utf8').split('\n')) {
      if (pid !== '') moveInto(leaf, pid);
    }
  }
}

function moveInto(folder: string, pid: string): void {
  try {
    write(folder, 'cgroup.procs', pid);
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** CPU time is counted without its controller, which only weighs: where it is not ours to have, we do without. */
function enableControllers(folder: string): void {
  write(folder, 'cgroup.subtree_control', '+memory +pids');
  try {
    write(folder, 'cgroup.subtree_control', '+cpu');
  } catch {
    // Not delegated.
  }
}

/** Our folder in a parent group; what a killed runner left there is removed. */
function ours(parent: string): string {
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(OUR_PREFIX)) continue;
    const owner = Number(entry.name.slice(OUR_PREFIX.length));
    if (owner !== process.pid && existsSync(`/proc/${owner}`)) continue;
    // Its processes may be dying still; then the next start removes it.
    removeTree(path.join(parent, entry.name), 1).catch(() => {});
  }
  const folder = path.join(parent, `${OUR_PREFIX}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function removeTree(folder: string, attempts = REMOVE_ATTEMPTS): Promise<void> {
  for (const entry of list(folder)) await removeTree(path.join(folder, entry), attempts);
  for (let attempt = 1; ; attempt++) {
    try {
      return rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      // Busy for a moment after its last process died.
      if (attempt >= attempts) throw error;
    }
    await sleep(REMOVE_PAUSE_MS);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    ignoreBusy(error);
  }
}

/** What cannot be removed now is removed at the next start. */
function ignoreBusy(error: unknown): void {
  if (!['EBUSY', 'ENOTEMPTY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
