import os from 'node:os';
import { type Attack, line, lines } from './attack.js';

const HOST = os.hostname().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const NO_CAPABILITIES = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(
  (set) => new RegExp(String.raw`^${set}:\t0+$`, 'm'),
);
/** Refused whether it is there or not. */
const AWAY = 'ENOENT|EACCES|EPERM|EROFS|ENXIO';

const NAMESPACES = ['user', 'mount', 'pid', 'net', 'ipc', 'uts', 'cgroup'];
const DENIED_CALLS =
  `bpf userfaultfd kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct
  quotactl name_to_handle_at open_by_handle_at fanotify_init syslog clock_settime settimeofday clock_adjtime adjtimex
  sethostname setdomainname vhangup memfd_secret mbind move_pages migrate_pages set_mempolicy perf_event_open add_key
  request_key keyctl`.split(/\s+/);
const DENIED_CALLS_OF_PC = process.arch === 'x64' ? ['iopl', 'ioperm', 'modify_ldt', 'lookup_dcookie'] : [];
const ABSENT_CALLS = ['io_uring_setup', 'io_uring_enter', 'io_uring_register'];

const foreign: readonly Attack[] =
  process.arch === 'x64'
    ? ['int80', 'x32'].map((call) => ({
        kind: 'run',
        name: `calls of another architecture: ${call}`,
        program: 'foreign-call',
        arguments: [call],
        // Some kernels have no such calls; then the instruction itself is refused.
        end: call === 'int80' ? ['signalled 31', 'signalled 11'] : 'signalled 31',
        witness: [new RegExp(`^trying ${call}$`, 'm')],
        never: /went through/,
        ...(call === 'x32' ? { redWithout: ['seccomp'] } : {}),
      }))
    : [];

export const information: readonly Attack[] = [
  {
    kind: 'run',
    name: 'reading a file outside, such as the answer',
    program: 'read-outside',
    arguments: ['{file}', '{folder}'],
    end: 'exited 0',
    witness: [
      /^\/\.\.\. ENOENT$/m,
      /^\/proc\/1\/root\/\.\.\. ENOENT$/m,
      ...lines(['truncate', 'link', 'chdir'], 'ENOENT'),
    ],
    never: /got|read/,
  },
  {
    kind: 'run',
    name: 'reading what host and tree keep to themselves',
    program: 'read-system',
    end: 'exited 0',
    witness: [
      ...lines(
        [
          '/root/.ssh/id_rsa',
          '/root/.bash_history',
          '/proc/kcore',
          '/proc/kmsg',
          '/dev/mem',
          '/dev/kmsg',
          '/dev/vda',
          '/dev/kvm',
          '/dev/tty',
        ].map((file) => `open ${file}`),
        AWAY,
      ),
      ...lines(
        ['sysrq-trigger', 'sys/kernel/core_pattern', 'sys/vm/drop_caches', '1/oom_score_adj', '1/comm'].map(
          (file) => `open /proc/${file}`,
        ),
        AWAY,
      ),
      line('open /sys/fs/cgroup/cgroup.procs', 'ENOENT'),
      line('open /sys/fs/cgroup/memory/cgroup.procs', 'ENOENT'),
      /^list \/sys (ENOENT|got 0)$/m,
      // The tree has a shadow file of its own, in which nobody has a password.
      /^\/etc\/shadow (EACCES|passwords 0)$/m,
      /^list \/home (ENOENT|got 0)$/m,
      /^list \/proc\/1\/fd ENOENT$/m,
      /^list \/dev\/pts ENOENT$/m,
    ],
    never: /^open .* got/m,
  },
  {
    kind: 'run',
    name: 'looking into process 1',
    program: 'init',
    end: 'exited 0',
    witness: [
      ...lines(['environ', 'maps', 'auxv', 'syscall', 'io'], 'ENOENT'),
      ...lines(
        ['link exe', 'link root', 'link cwd', 'link fd/0', 'link fd/3', 'link ns/user', 'link ns/net'],
        'ENOENT',
      ),
      ...lines(['mem', 'exe for writing', 'fd 3 for writing'], 'ENOENT'),
    ],
    never: /^link .*got/m,
  },
  {
    kind: 'run',
    name: 'host paths in its mounts',
    program: 'look-around',
    arguments: ['mounts'],
    end: 'exited 0',
    witness: [/^\/proc\/self\/mountinfo:$/m, / \/tmp /, /^\/proc\/self\/maps:$/m],
    never: /\/(root|home|var\/lib|work)\//,
  },
  {
    kind: 'run',
    name: 'host paths in its links, and descriptors of ours',
    program: 'look-around',
    arguments: ['links'],
    withInput: true,
    end: 'exited 0',
    witness: [
      /^\/proc\/self\/fd\/0 -> \/blobs\/input$/m,
      /^\/proc\/self\/fd\/1 -> pipe:/m,
      /^\/proc\/self\/fd\/2 -> pipe:/m,
      /^\/proc\/self\/cwd -> \/box\n\/proc\/self\/exe -> \/box\/main\n\/proc\/self\/root -> \/$/m,
      /^descriptors 0 1 2$/m,
      /^\/dev: fd full null random shm stderr stdin stdout urandom zero$/m,
    ],
  },
  {
    kind: 'run',
    name: 'who and where it is',
    program: 'look-around',
    arguments: ['self'],
    end: 'exited 0',
    witness: [
      /^host box domain \(none\)$/m,
      /^uid 1000 1000 gid 1000 1000 groups 0$/m,
      /^session 1 group 1 parent 1$/m,
      ...NO_CAPABILITIES,
      /^NoNewPrivs:\t1$/m,
      /^Seccomp:\t2$/m,
    ],
    never: new RegExp(String.raw`^host ${HOST} |^env (?!PATH=|HOME=|TMPDIR=|LANG=|LC_ALL=)`, 'm'),
    redWithout: ['seccomp', 'pidns', 'userns'],
  },
  {
    kind: 'run',
    name: 'other processes, keys, sockets, locks',
    program: 'look-around',
    arguments: ['others'],
    end: 'exited 0',
    witness: [/^processes 1 highest 2 own 2$/m, /^\/proc\/net\/unix:$/m],
    never: /saiban|:\d{4} 0100007F/,
    redWithout: ['pidns', 'netns'],
  },
  {
    kind: 'run',
    name: 'addresses of the kernel',
    program: 'kallsyms',
    end: 'exited 0',
    witness: [
      /^\/proc\/kallsyms (tells nothing|EACCES|EPERM)$/m,
      /^\/proc\/self\/stack (tells nothing|EACCES|EPERM)$/m,
    ],
    never: /kallsyms tells addresses/,
  },
  {
    kind: 'run',
    name: 'new namespaces by every call',
    program: 'namespaces',
    end: 'exited 0',
    witness: [
      ...NAMESPACES.flatMap((kind) => lines([`clone ${kind}`, `unshare ${kind}`], 'EPERM')),
      ...lines(['clone all', 'clone high bits', 'unshare time', 'setns', 'setns net', 'setns process'], 'EPERM'),
      line('clone3', 'ENOSYS'),
    ],
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'mounts, roots and the way out of a root',
    program: 'mounts',
    end: 'exited 0',
    witness: [
      ...lines(['mount tmpfs', 'mount proc', 'bind', 'remount', 'umount', 'pivot_root', 'chroot', 'fsopen'], 'EPERM'),
      ...lines(
        ['open_tree', 'open_tree clone', 'fspick', 'fsmount', 'fsconfig', 'move_mount', 'mount_setattr'],
        'EPERM',
      ),
      line('mount_setattr none', 'EPERM'),
      /^above the root is the root$/m,
    ],
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'looking into other processes',
    program: 'look-into',
    end: 'exited 0',
    witness: [
      ...lines(
        ['attach child', 'attach init', 'readv child', 'writev child', 'readv init', 'kcmp child', 'kcmp init'],
        'EPERM',
      ),
      ...lines(['pidfd_getfd', 'process_madvise', 'traceme'], 'EPERM'),
      line('pidfd_open', 'got through'),
    ],
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'calls to the kernel that nobody needs',
    program: 'kernel-calls',
    end: 'exited 0',
    witness: [...lines([...DENIED_CALLS, ...DENIED_CALLS_OF_PC], 'EPERM'), ...lines(ABSENT_CALLS, 'ENOSYS')],
    never: /got/,
    redWithout: ['seccomp'],
  },
  {
    kind: 'run',
    name: 'becoming root or somebody else',
    program: 'identity',
    end: 'exited 0',
    witness: [
      ...lines(
        ['setuid', 'seteuid', 'setresuid', 'setgid', 'setgroups', 'capset', 'ambient', 'securebits'],
        'EPERM|EINVAL',
      ),
      line('other user', 'EPERM|EINVAL'),
      ...lines(['uid map', 'gid map'], 'EPERM'),
      line('bounding', 'got 0'),
      line('no_new_privs', 'EINVAL'),
      /^fsuid stays$/m,
      line('chown', 'EROFS|EPERM'),
      line('chown own', 'EPERM|EINVAL'),
    ],
  },
  {
    kind: 'run',
    name: 'programs with the set-user-id bit',
    program: 'setuid-program',
    end: 'exited 0',
    witness: [/^looked in .*: done$/m, line('mark', 'got 0'), /^runs as 1000 1000$/m, /^done$/m],
    never: /^0$|runs as 0|as 1000 0/m,
  },
  {
    kind: 'run',
    name: 'typing into a terminal',
    program: 'terminal',
    end: 'exited 0',
    witness: [
      ...[0, 1, 2].flatMap((fd) => lines([`TIOCSTI ${fd}`, `TIOCLINUX ${fd}`, `TIOCSTI high ${fd}`], 'EPERM')),
      line('TIOCSCTTY', 'ENOTTY|EPERM'),
      line('tty', 'ENOENT|ENXIO'),
      line('ptmx', 'ENOENT'),
    ],
    redWithout: ['seccomp'],
  },
  ...foreign,
  {
    kind: 'run',
    name: 'filters of its own, and a program without a file',
    program: 'own-filter',
    end: 'exited 0',
    witness: [
      line('personality', 'got through'),
      line('filter', 'got 0'),
      line('memfd', 'got through'),
      ...lines(['unshare', 'affinity'], 'EPERM'),
    ],
    redWithout: ['seccomp'],
  },
];
