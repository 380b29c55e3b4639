import type { SandboxRun, Slot } from './sandbox.js';

/** Descriptors that init and bubblewrap find open, beside the standard streams. */
export const REPORT_FD = 3;
export const GATE_FD = 4;
export const INFO_FD = 5;

/** Users of the slots: no such user exists, and no two slots share one. */
const FIRST_SLOT_UID = 60_100;
const INSIDE_UID = 1000;
const TMP_BYTES = 256 * 1024 * 1024;
const OPEN_FILES = 512;
const INIT = '/usr/lib/saiban/init';
export const WORK_FOLDER = '/box';

export const slotUid = (slot: Slot) => FIRST_SLOT_UID + slot.index;

/**
 * How bubblewrap makes the box. As root without a user namespace: init takes the slot's user. As an ordinary user in a
 * user namespace, where the user cannot be changed.
 */
export function bubblewrapArguments(treeRoot: string, slot: Slot, run: SandboxRun, asRoot: boolean): string[] {
  const { limits } = run;
  const uid = asRoot ? slotUid(slot) : -1;
  const processes = asRoot ? limits.processes : 4096;
  return [
    ...(asRoot ? ROOT_PRIVILEGES : ['--unshare-user', '--uid', String(INSIDE_UID), '--gid', String(INSIDE_UID)]),
    ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--die-with-parent', '--as-pid-1', '--hostname', 'box', '--info-fd', String(INFO_FD)],
    ...['--ro-bind', treeRoot, '/', '--proc', '/proc', '--dev', '/dev'],
    ...tmpfs('/dev/shm', TMP_BYTES),
    ...tmpfs('/tmp', TMP_BYTES),
    ...[run.workFolderWritable ? '--bind' : '--ro-bind', run.workFolder, WORK_FOLDER, '--chdir', WORK_FOLDER],
    '--clearenv',
    ...Object.entries(ENVIRONMENT).flatMap(([name, value]) => ['--setenv', name, value]),
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

const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
};
