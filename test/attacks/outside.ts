import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

// The processes of this machine, as they are seen from outside of every sandbox.

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** One letter: R, S, T for stopped, Z. */
  readonly state: string;
  readonly name: string;
  /** Of the user namespace. */
  readonly userSpace: string;
  readonly program: string;
}

/** Those that go while we look are left out. */
export function allProcesses(): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => seen(Number(name)) ?? []);
}

export function seen(pid: number): SeenProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      parent: Number(parent),
      state,
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      userSpace: link(`/proc/${pid}/ns/user`),
      program: link(`/proc/${pid}/exe`),
    };
  } catch {
    return null;
  }
}

/** Children, their children and so on; parents first. */
export function descendants(pid: number, all = allProcesses()): SeenProcess[] {
  const children = all.filter((one) => one.parent === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/**
 * Dead, and waited for by nobody of ours: its parent has been killed, and whoever took it over on this machine may take
 * his time. What our own processes leave unwaited is not meant.
 */
export const isForeignZombie = (one: SeenProcess, ours: readonly SeenProcess[]) =>
  one.state === 'Z' && !ours.some(({ pid }) => pid === one.parent);

/**
 * User namespaces by which the processes of a sandbox are known. Each is held open: the kernel gives the name of one that
 * is gone to the next that is made, which may be anybody's.
 */
export class UserSpaces {
  private readonly held = new Map<string, number>();

  /** Those of these processes, but for our own. */
  note(processes: readonly SeenProcess[]): void {
    const own = ownUserSpace();
    for (const one of processes) {
      if (one.userSpace === own || this.held.has(one.userSpace)) continue;
      const file = `/proc/${one.pid}/ns/user`;
      const fd = openIfThere(file);
      // It may have been another's by now.
      if (fd !== null && link(`/proc/self/fd/${fd}`) === one.userSpace) this.held.set(one.userSpace, fd);
      else if (fd !== null) closeSync(fd);
    }
  }

  has(one: SeenProcess): boolean {
    return this.held.has(one.userSpace);
  }

  get size(): number {
    return this.held.size;
  }

  close(): void {
    for (const fd of this.held.values()) closeSync(fd);
    this.held.clear();
  }
}

function openIfThere(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch {
    return null;
  }
}

const ownUserSpace = () => link('/proc/self/ns/user');

/** Host numbers of the user and group of a process. */
export function userOf(pid: number): { uid: number; gid: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const first = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { uid: first('Uid'), gid: first('Gid') };
}

/** Paths of all files and folders below, relative. */
export function filesBelow(folder: string, below = ''): string[] {
  return readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(below, entry.name);
    return entry.isDirectory() ? [name, ...filesBelow(folder, name)] : [name];
  });
}

/** Empty for what is gone or not ours to see. A zombie has no program. */
function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
