import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

export const ownUserSpace = () => link('/proc/self/ns/user');

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
