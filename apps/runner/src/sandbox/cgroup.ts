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

/**
 * Only a fresh cgroup tells the truth: a process' own figures miss orphans and children nobody waited for, and a reused
 * group keeps residue. So every run gets groups of its own, which are removed afterwards.
 */
export interface Meter {
  readonly approximate: boolean;
  /** How often somebody must look, because nothing is counted or held back in between; null: only when a limit is near. */
  readonly pollMs: number | null;
  add(pid: number): void;
  cpuTimeUs(): number;
  memoryPeakBytes(): number;
  /** Of a cgroup: the kernel killed for memory, the only trustworthy sign. */
  memoryExceeded(): boolean;
  /** Everything in it must be dead. */
  remove(): Promise<void>;
}

export interface UsageLimits {
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface Cgroups {
  readonly version: 'v1' | 'v2';
  create(name: string, limits: UsageLimits): Meter;
}

const ROOT = '/sys/fs/cgroup';
const CONTROLLERS = ['cpuacct', 'memory', 'pids'] as const;
const OUR_PREFIX = 'saiban-';
const REMOVE_ATTEMPTS = 50;
const REMOVE_PAUSE_MS = 10;

/** What this process may use: v1 or v2 as the host has it, or null where neither is writable. */
export function openCgroups(): Cgroups | null {
  return openV2() ?? openV1();
}

const write = (folder: string, file: string, value: string | number) =>
  writeFileSync(path.join(folder, file), `${value}`);
const read = (folder: string, file: string) => readFileSync(path.join(folder, file), 'utf8');

/** Paths of our own groups: by controller on v1, by the empty name on v2. */
function ownPaths(): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    for (const controller of controllers.split(',')) paths.set(controller, rest.join(':'));
  }
  return paths;
}

function openV1(): Cgroups | null {
  const paths = ownPaths();
  const parents: string[] = [];
  for (const controller of CONTROLLERS) {
    const own = path.join(ROOT, controller, paths.get(controller) ?? '/');
    if (!paths.has(controller) || !writable(own)) return null;
    parents.push(ours(own));
  }
  const [cpu, memory, pids] = parents as [string, string, string];
  return {
    version: 'v1',
    create: (name, limits) =>
      new V1Cgroup(
        [cpu, memory, pids].map((one) => path.join(one, name)),
        limits,
      ),
  };
}

/** Our folder in a parent group; what a killed runner left there is removed. */
function ours(parent: string): string {
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(OUR_PREFIX)) continue;
    const owner = Number(entry.name.slice(OUR_PREFIX.length));
    if (owner !== process.pid && existsSync(`/proc/${owner}`)) continue;
    removeTree(path.join(parent, entry.name));
  }
  const folder = path.join(parent, `${OUR_PREFIX}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function removeTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(path.join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch {
    // Its processes are dying; the next start removes it.
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

async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      // Busy for a moment after its last process died.
      if (attempt >= REMOVE_ATTEMPTS) throw error;
    }
    await sleep(REMOVE_PAUSE_MS);
  }
}

class V1Cgroup implements Meter {
  readonly approximate = false;
  readonly pollMs = null;
  private readonly cpu: string;
  private readonly memory: string;

  constructor(
    private readonly folders: readonly string[],
    limits: UsageLimits,
  ) {
    const [cpu, memory, pids] = folders as [string, string, string];
    for (const folder of folders) mkdirSync(folder);
    this.cpu = cpu;
    this.memory = memory;
    write(memory, 'memory.limit_in_bytes', limits.memoryBytes);
    // No swap: memory and swap together have the same limit. Absent where the kernel does not account swap.
    if (existsSync(path.join(memory, 'memory.memsw.limit_in_bytes'))) {
      write(memory, 'memory.memsw.limit_in_bytes', limits.memoryBytes);
    }
    write(pids, 'pids.max', limits.processes);
  }

  add(pid: number): void {
    for (const folder of this.folders) write(folder, 'cgroup.procs', pid);
  }

  cpuTimeUs(): number {
    return Math.round(Number(read(this.cpu, 'cpuacct.usage')) / 1000);
  }

  memoryPeakBytes(): number {
    return Number(read(this.memory, 'memory.max_usage_in_bytes'));
  }

  memoryExceeded(): boolean {
    return /^oom_kill [1-9]/m.test(read(this.memory, 'memory.oom_control'));
  }

  async remove(): Promise<void> {
    // Page cache would pin the group after its folder is gone.
    write(this.memory, 'memory.force_empty', 0);
    for (const folder of this.folders) await removeFolder(folder);
  }
}

function openV2(): Cgroups | null {
  const own = path.join(ROOT, ownPaths().get('') ?? '/');
  if (!existsSync(path.join(ROOT, 'cgroup.controllers')) || !writable(own)) return null;
  try {
    const parent = ours(own);
    // A group that hands on controllers may hold no process (but the root): this process moves into a leaf.
    if (own !== path.join(ROOT, '/')) {
      const leaf = path.join(parent, 'runner');
      mkdirSync(leaf, { recursive: true });
      write(leaf, 'cgroup.procs', process.pid);
    }
    for (const folder of [own, parent]) write(folder, 'cgroup.subtree_control', '+cpu +memory +pids');
    return { version: 'v2', create: (name, limits) => new V2Cgroup(path.join(parent, name), limits) };
  } catch {
    // Not delegated to us, or other processes are in our group.
    return null;
  }
}

class V2Cgroup implements Meter {
  readonly approximate = false;
  readonly pollMs = null;

  constructor(
    private readonly folder: string,
    limits: UsageLimits,
  ) {
    mkdirSync(folder);
    write(folder, 'memory.max', limits.memoryBytes);
    if (existsSync(path.join(folder, 'memory.swap.max'))) write(folder, 'memory.swap.max', 0);
    write(folder, 'memory.oom.group', 1);
    write(folder, 'pids.max', limits.processes);
  }

  add(pid: number): void {
    write(this.folder, 'cgroup.procs', pid);
  }

  cpuTimeUs(): number {
    return Number(/^usage_usec (\d+)/m.exec(read(this.folder, 'cpu.stat'))?.[1]);
  }

  memoryPeakBytes(): number {
    return Number(read(this.folder, 'memory.peak'));
  }

  memoryExceeded(): boolean {
    return /^oom_kill [1-9]/m.test(read(this.folder, 'memory.events'));
  }

  remove(): Promise<void> {
    return removeFolder(this.folder);
  }
}
