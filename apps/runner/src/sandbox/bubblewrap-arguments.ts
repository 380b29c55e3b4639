import { treeEnvironment } from '../toolchain/language.js';
import type { SandboxRun, Slot } from './sandbox.js';

/** Descriptors that init and bubblewrap find open, beside the standard streams. */
export const REPORT_FD = 3;
export const GATE_FD = 4;

/** Users of the slots: no such user exists, and no two slots share one. */
const FIRST_SLOT_UID = 60_100;
const INSIDE_UID = 1000;
const TMP_BYTES = 256 * 1024 * 1024;
const OPEN_FILES = 512;
const INIT = '/usr/lib/saiban/init';
export const WORK_FOLDER = '/box';
/** Where init finds the standard streams; the same folder as in init.c. */
const STREAMS_FOLDER = '/dev/saiban';

/** Host paths of a run's standard streams: a file to read and two FIFOs to write. */
export interface StreamPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

export const slotUid = (slot: Slot) => FIRST_SLOT_UID + slot.index;

/**
 * How bubblewrap makes the box. As root without a user namespace: init takes the slot's user. As an ordinary user in a
 * user namespace, where the user cannot be changed.
 */
export function bubblewrapArguments(box: {
  readonly treeRoot: string;
  readonly slot: Slot;
  readonly run: SandboxRun;
  readonly streams: StreamPaths;
  readonly asRoot: boolean;
  /** A cgroup counts its processes. The kernel's own limit counts per user, over every runner of the machine. */
  readonly hasCgroup: boolean;
}): string[] {
  const { treeRoot, slot, run, streams, asRoot } = box;
  const { limits } = run;
  const uid = asRoot ? slotUid(slot) : -1;
  const processes = box.hasCgroup ? -1 : limits.processes;
  return [
    ...(asRoot ? ROOT_PRIVILEGES : ['--unshare-user', '--uid', String(INSIDE_UID), '--gid', String(INSIDE_UID)]),
    ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    // Init ends with the runner. With --die-with-parent or --info-fd a runner killed at the wrong moment would take the outer
    // bubblewrap with it and leave the inner one waiting for ever.
    ...['--as-pid-1', '--hostname', 'box'],
    ...['--ro-bind', treeRoot, '/', '--proc', '/proc', '--dev', '/dev'],
    ...Object.entries(streams).flatMap(([name, file]) => ['--ro-bind', file, `${STREAMS_FOLDER}/${name}`]),
    ...['--remount-ro', '/dev'],
    ...tmpfs('/dev/shm', TMP_BYTES),
    ...tmpfs('/tmp', TMP_BYTES),
    ...[run.workFolderWritable ? '--bind' : '--ro-bind', run.workFolder, WORK_FOLDER, '--chdir', WORK_FOLDER],
    '--clearenv',
    ...Object.entries(treeEnvironment).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
    INIT,
    ...[REPORT_FD, GATE_FD, uid, uid, slot.core, OPEN_FILES, limits.fileBytes, processes].map(String),
    String(Math.ceil(limits.cpuTimeUs / 1_000_000) + 1),
    '--',
    ...run.argv,
  ];
}

/** What init needs to give everything away. */
const ROOT_PRIVILEGES = ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP'];

const tmpfs = (folder: string, bytes: number) => ['--perms', '1777', '--size', String(bytes), '--tmpfs', folder];
