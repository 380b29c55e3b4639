import { jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import type { SupersetRun } from '#libs/paiza/superset.js';
import { ROOT } from '../support/child.js';
import { startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(240_000);

// Programs that want to break out, hide, or spoil the runs of others. Each prints what it got hold of; nothing is the aim.

let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.stop());

/** System calls by number: libc has no function for some, and refuses others by itself. */
const NUMBERS =
  process.arch === 'arm64'
    ? { unshare: 97, clone: 220, clone3: 435, mount: 40, ptrace: 117, keyctl: 219, bpf: 280, ioUring: 425 }
    : { unshare: 272, clone: 56, clone3: 435, mount: 165, ptrace: 101, keyctl: 250, bpf: 321, ioUring: 425 };

interface Seen {
  readonly run: SupersetRun;
  readonly out: string;
}

async function attack(language: string, source: string, limits = {}): Promise<Seen> {
  const answer = await runner.run({ language, source, limits });
  const { run, build } = answer;
  if (!run) {
    throw new Error(
      `Not run: ${JSON.stringify(answer)} ${Buffer.from(build?.output_base64 ?? '', 'base64').toString()}`,
    );
  }
  return { run, out: Buffer.from(run.stdout.base64 ?? '', 'base64').toString() };
}

/** Prints the error number of each attempt, or what it got. */
const python = (attempts: string) =>
  attack(
    'python3',
    `import ctypes, errno, os, resource, signal, socket\nlibc = ctypes.CDLL(None, use_errno=True)
def attempt(name, work):
  try: print(name, 'got', work())
  except OSError as e: print(name, errno.errorcode.get(e.errno, e.errno))
def call(number, *args):
  if libc.syscall(number, *args) < 0: raise OSError(ctypes.get_errno(), '')
  return 'through'
${attempts}`,
  );

/** The program is well afterwards: another run works and sees nothing of the last. */
async function expectWell(): Promise<void> {
  const { run, out } = await attack('bash', 'ls -A /tmp /dev/shm; ps -e 2>/dev/null | wc -l >/dev/null; echo well');
  expect(run).toMatchObject({ status: 'exited', exit_code: 0 });
  expect(out).toBe('/dev/shm:\n\n/tmp:\nwell\n');
}

afterEach(expectWell);

describe('network', () => {
  it('reaches no service of the host, and no address at all', async () => {
    const server = net.createServer((socket) => socket.end('secret')).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      const { out } = await python(
        [
          `attempt('loopback', lambda: socket.create_connection(('127.0.0.1', ${port}), 2).recv(9))`,
          `attempt('metadata', lambda: socket.create_connection(('169.254.169.254', 80), 2))`,
          `attempt('external', lambda: socket.create_connection(('192.0.2.1', 80), 2))`,
          `attempt('interfaces', lambda: socket.if_nameindex())`,
        ].join('\n'),
      );
      expect(out).toMatch(/^loopback ECONNREFUSED\nmetadata ENETUNREACH\nexternal ENETUNREACH\n/);
    } finally {
      server.close();
    }
  });

  it('has no socket families that know no network namespace', async () => {
    const families = { vsock: 40, alg: 38, netlink: 16, packet: 17 };
    const { out } = await python(
      Object.entries(families)
        .map(([name, family]) => `attempt('${name}', lambda: socket.socket(${family}, socket.SOCK_STREAM))`)
        .join('\n'),
    );
    expect(out).toBe('vsock EAFNOSUPPORT\nalg EAFNOSUPPORT\nnetlink EAFNOSUPPORT\npacket EAFNOSUPPORT\n');
  });

  it('has no abstract socket in common with another run', async () => {
    const name = "'\\0saiban-attack'";
    const slow = python(`s = socket.socket(socket.AF_UNIX)\ns.bind(${name})\ns.listen()\nimport time\ntime.sleep(1)`);
    const { out } = await python(`attempt('connect', lambda: socket.socket(socket.AF_UNIX).connect(${name}))`);
    expect(out).toBe('connect ECONNREFUSED\n');
    await slow;
  });
});

describe('information', () => {
  it('reads nothing of the host: passwords, keys, sources, other processes', async () => {
    const outside = mkdtempSync('/var/tmp/saiban-attack-');
    writeFileSync(path.join(outside, 'answer'), 'the secret answer');
    try {
      const files = [`${outside}/answer`, `${runner.dataFolder}/keys/runner-secret`, `${ROOT}/package.json`];
      const { out } = await attack(
        'bash',
        files.map((file) => `cat ${file} 2>&1; cat /proc/1/root${file} 2>&1`).join('\n'),
      );
      const lines = out.trim().split('\n');
      expect(lines).toHaveLength(2 * files.length);
      expect(lines.filter((line) => !/No such file|Permission denied/.test(line))).toEqual([]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('cannot look into init, nor see other processes, /sys, or the kernel', async () => {
    const paths = ['/proc/1/environ', '/proc/1/maps', '/proc/1/mem', '/proc/1/fd/', '/proc/1/root/', '/proc/1/cwd/'];
    const { out } = await attack(
      'bash',
      `for p in ${paths.join(' ')} /proc/kcore; do cat $p >/dev/null 2>/dev/null && echo read $p; done
ls -d /sys/* 2>/dev/null; ls -d /proc/[0-9]* | wc -l; id -u; env | cut -d= -f1 | sort | tr '\\n' ' '`,
    );
    const [processes, uid, names] = out.split('\n');
    // Init, bash, ls and wc.
    expect(Number(processes)).toBeLessThanOrEqual(4);
    expect(uid).not.toBe('0');
    expect(
      names
        ?.trim()
        .split(' ')
        .filter((name) => !/^(_|HOME|LANG|LC_ALL|OLDPWD|PATH|PWD|SHLVL|TMPDIR)$/.test(name)),
    ).toEqual([]);
  });

  it('has nothing open but the standard streams, under names that tell nothing of the host', async () => {
    const { out } = await python(
      "for fd in sorted(os.listdir('/proc/self/fd')):\n  try: print(fd, os.readlink('/proc/self/fd/' + fd))\n  except OSError: pass",
    );
    expect(out).toBe('0 /dev/saiban/stdin\n1 /dev/saiban/stdout\n2 /dev/saiban/stderr\n');
  });
});

describe('privileges', () => {
  it('has none, and gets none back', async () => {
    const { out } = await python(`
for line in open('/proc/self/status'):
  if line.split(':')[0] in ('CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp', 'Groups'): print(' '.join(line.split()))
attempt('setuid', lambda: os.setuid(0))
attempt('unshare', lambda: call(${NUMBERS.unshare}, 0x10000000))
attempt('clone', lambda: call(${NUMBERS.clone}, 0x10000000 | 17, 0, 0, 0, 0))
attempt('clone3', lambda: call(${NUMBERS.clone3}, 0, 0))
attempt('mount', lambda: call(${NUMBERS.mount}, 0, 0, 0, 0, 0))
attempt('ptrace', lambda: call(${NUMBERS.ptrace}, 16, 1, 0, 0))
attempt('keyctl', lambda: call(${NUMBERS.keyctl}, 0, -3, 1))
attempt('bpf', lambda: call(${NUMBERS.bpf}, 0, 0, 0))
attempt('io_uring', lambda: call(${NUMBERS.ioUring}, 1, 0))
attempt('nice', lambda: os.nice(-5))
attempt('fifo', lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
attempt('core', lambda: os.sched_setaffinity(0, range(os.cpu_count())))`);
    const none = '0000000000000000';
    expect(out.split('\n').filter((line) => !/^(CapPrm|CapEff|CapBnd|CapAmb): /.test(line))).toEqual([
      'Groups:',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      'setuid EPERM',
      'unshare EPERM',
      'clone EPERM',
      'clone3 ENOSYS',
      'mount EPERM',
      'ptrace EPERM',
      'keyctl EPERM',
      'bpf EPERM',
      'io_uring ENOSYS',
      'nice EPERM',
      'fifo EPERM',
      'core EPERM',
      '',
    ]);
    for (const line of out.split('\n').filter((line) => line.startsWith('Cap'))) expect(line).toContain(none);
  });

  it('cannot harm init: signals, limits, its report', async () => {
    const { run, out } = await python(`
os.kill(1, signal.SIGKILL)
os.kill(1, signal.SIGSTOP)
attempt('limit', lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)))
attempt('report', lambda: open('/proc/1/fd/3', 'w'))
try: os.kill(-1, signal.SIGKILL)
except ProcessLookupError: pass
print('alive')`);
    expect(run).toMatchObject({ status: 'exited', exit_code: 0 });
    expect(out).toContain('report EACCES\nalive\n');
  });
});

describe('files', () => {
  it('writes nowhere but to its scratch space', async () => {
    const places = [
      '/',
      '/box',
      '/usr',
      '/etc',
      '/dev',
      '/dev/saiban',
      '/home',
      '/var',
      '/var/tmp',
      '/run',
      '/proc/sys/kernel',
    ];
    const { out } = await attack(
      'bash',
      `for p in ${places.join(' ')}; do touch $p/x 2>/dev/null && echo wrote $p; done; touch /tmp/x /dev/shm/x && echo scratch`,
    );
    expect(out).toBe('scratch\n');
  });

  it('cannot change its input for the next run, nor its own program', async () => {
    const input = Buffer.from('the input');
    const source =
      'chmod 666 /dev/stdin /proc/self/fd/0 main.sh; echo no > /dev/stdin; echo no > main.sh; rm -f main.sh; cat';
    for (let run = 0; run < 2; run++) {
      const answer = await runner.run({ language: 'bash', source, input });
      expect(Buffer.from(answer.run?.stdout.base64 ?? '', 'base64').toString()).toBe('the input');
    }
  });

  it('cannot fill the disk or the memory with files', async () => {
    for (const folder of ['/tmp', '/dev/shm']) {
      const fill = `for i in 1 2 3; do head -c 60M /dev/zero > ${folder}/$i; done`;
      expect((await attack('bash', fill)).run.status).toBe('memoryExceeded');
      expect((await attack('bash', `head -c 65M /dev/zero > ${folder}/x && echo filled`)).out).toBe('');
    }
    const { out } = await python(
      "f = open('/tmp/x', 'wb')\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nattempt('big', lambda: os.posix_fallocate(f.fileno(), 0, 1 << 40))\nattempt('sparse', lambda: f.truncate(1 << 40))",
    );
    expect(out).toBe('big EFBIG\nsparse EFBIG\n');
  });
});

describe('processes', () => {
  const SHORT = { cpu_time_us: 1_000_000, wall_time_us: 2_000_000 };

  it.each([
    ['a fork bomb', 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass\n'],
    [
      'a fork bomb of sessions',
      'import os\nwhile True:\n  try:\n    if os.fork() == 0: os.setsid()\n  except OSError: pass\n',
    ],
    [
      'one that ignores every signal',
      'import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: pass\n',
    ],
    [
      'a thread bomb',
      'import threading, time\ndef spin():\n  while True: pass\nwhile True:\n  try: threading.Thread(target=spin, daemon=True).start()\n  except (RuntimeError, MemoryError): time.sleep(0.01)\n',
    ],
  ])('%s ends within its limits', async (_name, source) => {
    const before = Date.now();
    const { run } = await attack('python3', source, SHORT);
    expect(['cpuTimeExceeded', 'wallTimeExceeded', 'memoryExceeded', 'exited']).toContain(run.status);
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('counts a daemon left behind no longer than its program, and kills it', async () => {
    const { run, out } = await attack('bash', '(setsid sleep 30 </dev/null >/dev/null 2>&1 &) ; echo left', SHORT);
    expect([run.status, out]).toEqual(['exited', 'left\n']);
    expect(run.wall_time_us).toBeLessThan(1_500_000);
  });
});
