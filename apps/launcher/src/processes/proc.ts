import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Null for what has ended meanwhile and for what is not ours to see. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

const processIds = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Ids of the processes whose working folder this is. */
export const processesIn = (folder: string): number[] =>
  processIds().filter((id) => attempt(() => readlinkSync(`/proc/${id}/cwd`)) === folder);

/** Ids of the processes that were started with this variable in their environment, other than this one. */
export function processesWith(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  return processIds().filter(
    (id) =>
      id !== process.pid &&
      attempt(() => readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(wanted)) === true,
  );
}

export interface ProcessStatus {
  /** At most 15 characters; what a program calls itself. */
  readonly name: string;
  /** `Z` is dead and not yet buried by its parent. */
  readonly state: string;
  readonly parent: number;
}

/** Null when there is no such process. */
export function processStatus(id: number): ProcessStatus | null {
  // The name may hold anything, parentheses and spaces too.
  const match = /^\d+ \((.*)\) (\S) (\d+) /s.exec(attempt(() => readFileSync(`/proc/${id}/stat`, 'utf8')) ?? '');
  return match ? { name: match[1] ?? '', state: match[2] ?? '', parent: Number(match[3]) } : null;
}

/** The process that listens on a TCP port, as `process 12 (nginx)`; null when it cannot be found out. */
export function listenerOn(port: number): string | null {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningSockets(table, port)));
  for (const id of processIds()) {
    const open = attempt(() => readdirSync(`/proc/${id}/fd`)) ?? [];
    if (open.some((fd) => sockets.has(attempt(() => readlinkSync(`/proc/${id}/fd/${fd}`)) ?? ''))) {
      return `process ${id} (${attempt(() => readFileSync(`/proc/${id}/comm`, 'utf8').trim()) ?? 'unknown'})`;
    }
  }
  return null;
}

/** Columns of the table: number, local address:port in hexadecimal, remote, state (0A is listening), …, inode. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return (attempt(() => readFileSync(table, 'utf8')) ?? '')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) && columns[3] === '0A')
    .map((columns) => `socket:[${columns[9]}]`);
}

/** Sends a signal; false when the process is gone. */
export function signal(id: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(id, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
