import { line, MIB, type RunAttack, SPINNING } from './attack.js';

const LIMIT = 64 * MIB;
/** Killed at the limit: the peak is there, but for what the kernel takes back first. */
const AT_LIMIT = { memoryPeakBytes: [0.9 * LIMIT, LIMIT + MIB] } as const;

const LARGE_FILES = { fileBytes: 512 * MIB } as const;

const taking = (where: string, name: string, more: Partial<RunAttack> = {}): RunAttack => ({
  kind: 'run',
  name: `${name}, more than there is`,
  program: 'memory',
  arguments: [where, '256'],
  end: 'memoryExceeded',
  witness: [new RegExp(`^taking 256 MiB ${where}$`, 'm')],
  figures: AT_LIMIT,
  redWithout: ['cgroup'],
  ...more,
});

/** Fits, and must be counted. */
const counted = (where: string, name: string, more: Partial<RunAttack> = {}): RunAttack => ({
  kind: 'run',
  name: `${name}, counted`,
  program: 'memory',
  arguments: [where, '40'],
  end: 'exited 0',
  witness: [new RegExp(`^taking 40 MiB ${where}$`, 'm'), /^ended$/m],
  figures: { memoryPeakBytes: [40 * MIB, 48 * MIB] },
  ...more,
});

export const memory: readonly RunAttack[] = [
  taking('here', 'memory by mmap'),
  taking('heap', 'memory by sbrk'),
  taking('child', 'memory in a child whose parent ends well'),
  taking('orphan', 'memory in an orphan'),
  taking('ignored', 'memory in a child that is never waited for'),
  taking('memfd', 'memory in a file without a name', { limits: LARGE_FILES }),
  taking('shm', 'memory in a System V segment'),
  taking('locked', 'locked memory', {
    witness: [/^taking/m, line('mlock', 'ENOMEM|EPERM'), line('mlockall', 'ENOMEM|EPERM')],
  }),
  taking('tables', 'memory in page tables', {
    limits: { memoryBytes: 32 * MIB },
    figures: { memoryPeakBytes: [28 * MIB, 33 * MIB] },
  }),
  counted('here', 'memory by mmap'),
  counted('given-back', 'memory that is given back'),
  counted('child', 'memory in a child'),
  counted('orphan', 'memory in an orphan'),
  counted('ignored', 'memory in a child that is never waited for'),
  counted('memfd', 'memory in a file without a name', { limits: LARGE_FILES }),
  counted('shm', 'memory in a System V segment'),
  {
    kind: 'run',
    name: 'filling /tmp',
    program: 'fill',
    arguments: ['/tmp', '256'],
    end: 'exited 0',
    witness: [/^filled 3[12] MiB ENOSPC$/m],
    figures: { memoryPeakBytes: [31 * MIB, 40 * MIB] },
  },
  {
    kind: 'run',
    name: 'filling /dev/shm',
    program: 'fill',
    arguments: ['/dev/shm', '256'],
    end: 'exited 0',
    witness: [/^filled 3[12] MiB ENOSPC$/m],
    figures: { memoryPeakBytes: [31 * MIB, 40 * MIB] },
  },
  {
    kind: 'run',
    name: 'filling /tmp with files that have no name any more',
    program: 'fill',
    arguments: ['/tmp', '256', 'unlinked'],
    end: 'exited 0',
    witness: [/^filled 3[12] MiB ENOSPC$/m],
    figures: { memoryPeakBytes: [31 * MIB, 40 * MIB] },
  },
  {
    kind: 'run',
    name: 'filling /tmp where the memory is less',
    program: 'fill',
    arguments: ['/tmp', '200'],
    limits: { scratchBytes: 256 * MIB },
    end: 'memoryExceeded',
    witness: [/^filling \/tmp$/m],
    figures: AT_LIMIT,
    redWithout: ['cgroup'],
  },
  {
    kind: 'run',
    name: 'pipes of a megabyte each',
    program: 'pipes',
    arguments: ['pipes'],
    limits: { openFiles: 1024 },
    end: ['exited 0', 'memoryExceeded'],
    witness: [/^filling pipes$/m],
    // What the kernel lets one user have in pipes is less than the limit on some machines.
    figures: { memoryPeakBytes: [8 * MIB, LIMIT + MIB] },
  },
  {
    kind: 'run',
    name: 'sockets full of data',
    program: 'pipes',
    arguments: ['sockets'],
    limits: { openFiles: 2048 },
    end: 'memoryExceeded',
    witness: [/^filling sockets$/m],
    figures: AT_LIMIT,
    redWithout: ['cgroup'],
  },
  {
    kind: 'run',
    name: 'asking to be spared when memory is short',
    program: 'oom-score',
    end: 'memoryExceeded',
    witness: [line('write', 'EACCES'), line('/proc/1/oom_score_adj', 'EACCES')],
    never: /^got 256/m,
    figures: AT_LIMIT,
    redWithout: ['cgroup'],
  },
  {
    kind: 'run',
    name: 'a terabyte of address space, which is none of memory',
    program: 'huge-map',
    end: 'exited 0',
    witness: [line('reserve 1 TiB', 'got through'), line('map 1 TiB', 'got through'), line('huge pages', 'ENOMEM')],
    figures: { memoryPeakBytes: [0, 16 * MIB] },
  },
  {
    kind: 'run',
    name: 'more open files than it may have, in flight',
    program: 'in-flight',
    end: ['exited 0', 'memoryExceeded'],
    witness: [/^in flight some (ETOOMANYREFS|EMFILE|EAGAIN)$/m],
  },
  {
    kind: 'run',
    name: 'message queues and semaphores',
    program: 'queues',
    limits: { memoryBytes: LIMIT, ...SPINNING },
    end: ['exited 0', 'memoryExceeded', 'cpuTimeExceeded'],
    witness: [/^queueing$/m],
    figures: { memoryPeakBytes: [4 * MIB, LIMIT + MIB] },
  },
  ...(['files', 'fifos', 'folders', 'links', 'symlinks', 'attributes'] as const).map((kind): RunAttack => ({
    kind: 'run',
    name: `names without end: ${kind}`,
    program: 'names',
    arguments: [kind],
    end: ['exited 0', 'memoryExceeded'],
    witness: [new RegExp(`^making ${kind}$`, 'm')],
    never: /never refused|then EACCES|then EPERM/,
    figures: { memoryPeakBytes: [0, LIMIT + MIB] },
  })),
];
