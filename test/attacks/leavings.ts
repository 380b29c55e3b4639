import { packOf, type PackedFile } from '../../apps/runner/src/sandbox/pack.js';
import { type BuildAttack, LIMITS, MIB, SPINNING } from './attack.js';

// What a build leaves, by a shell script in the place of a compiler: it makes whatever a hostile compiler could.

const script = (
  name: string,
  text: string,
  expected: Omit<BuildAttack, 'kind' | 'name' | 'files' | 'argv'>,
): BuildAttack => ({
  kind: 'build',
  name,
  files: [{ name: 'build.sh', content: Buffer.from(text) }],
  argv: ['bash', 'build.sh'],
  ...expected,
});

/** In the place of the program: not taken, whatever it is or points to. */
const inPlace = (what: string, command: string): BuildAttack =>
  script(`${what} in place of the program`, `${command} && ls -ld main | cut -c1\necho made`, {
    end: 'exited 0',
    collected: 'requiredMissing',
    witness: [/^[^-]\nmade$/m],
  });

const leaving = (what: string, text: string, packed: readonly string[], required: string | null = null): BuildAttack =>
  script(`leaving ${what}`, `${text}\necho made`, {
    end: 'exited 0',
    collected: 'collected',
    required,
    witness: [/^made$/m],
    packed: ['build.sh', ...packed],
  });

const tooMuch = (what: string, text: string, collected: BuildAttack['collected']): BuildAttack =>
  script(`leaving ${what}`, `${text}\necho made`, {
    end: 'exited 0',
    collected,
    required: null,
    witness: [/^made$/m],
    limits: { ...LIMITS, memoryBytes: 512 * MIB, scratchBytes: 400 * MIB, fileBytes: 400 * MIB, openFiles: 256 },
  });

const places: readonly BuildAttack[] = [
  inPlace('a symlink to /etc/shadow', 'ln -s /etc/shadow main'),
  inPlace('a symlink to a file beside it', 'touch real && ln -s real main'),
  inPlace('a symlink to a descriptor', 'ln -s /proc/self/fd/0 main'),
  inPlace('a FIFO', 'mkfifo main'),
  inPlace('a folder', 'mkdir main'),
  inPlace('a socket', `python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("main")'`),
  script('a device in place of the program', 'mknod main c 1 3 2>&1 || mknod main b 8 0 2>&1\necho tried', {
    end: 'exited 0',
    collected: 'requiredMissing',
    witness: [/Operation not permitted/, /^tried$/m],
  }),
  script(
    'a hard link to a file of the tree in place of the program',
    'ln /usr/bin/env main 2>&1\nln /etc/passwd main 2>&1\necho tried',
    {
      end: 'exited 0',
      collected: 'requiredMissing',
      witness: [/Invalid cross-device link/, /^tried$/m],
    },
  ),
  script(
    'a symlink in place of the source',
    'ln -sf /etc/shadow main.c; ln -sf /etc/passwd build.sh; touch main\necho made',
    {
      end: 'exited 0',
      collected: 'collected',
      witness: [/^made$/m],
      packed: ['main'],
    },
  ),
  script('a symlink in place of the folder above the program', 'ln -s /usr/bin out\nls -d out/env', {
    end: 'exited 0',
    collected: 'requiredMissing',
    required: 'out/env',
    witness: [/^out\/env$/m],
  }),
  script('nothing at all', 'rm build.sh\necho made', {
    end: 'exited 0',
    collected: 'requiredMissing',
    witness: [/^made$/m],
  }),
];

const names: readonly BuildAttack[] = [
  leaving(
    'files that nobody may read or that are marked',
    'echo x > main; chmod 0 main; echo y > s; chmod 6777 s',
    ['main', 's'],
    'main',
  ),
  leaving(
    'names with a line feed, a quote and escapes',
    String.raw`touch -- $'a\nb' '"' $'\e[2J' $'\xff\xfe' '$(id)' '-rf' '...' ' '`,
    ['a\nb', '"', '\u001B[2J', '\u00FF\u00FE', '$(id)', '-rf', '...', ' '],
  ),
  leaving(
    'links to everywhere',
    'ln -s / root; ln -s .. up; ln -s . here; mkdir d; ln -s ../.. d/up; touch d/f; mkfifo d/p',
    ['d/f'],
  ),
  leaving('a hard link to a file of its own', 'echo x > main; ln main other', ['main', 'other'], 'main'),
  leaving('a folder that nobody may enter', 'mkdir d; touch d/f; chmod 0 d; touch main', ['main', 'd/f'], 'main'),
];

const amounts: readonly BuildAttack[] = [
  tooMuch('too many files', 'mkdir d; for i in {1..2100}; do : > d/$i; done', 'tooManyFiles'),
  tooMuch('too many links', `python3 -c 'import os; [os.symlink("x", str(i)) for i in range(2100)]'`, 'tooManyFiles'),
  tooMuch('folders too deep', 'mkdir -p 1/2/3/4/5/6/7/8/9/10/11/12; touch 1/2/3/4/5/6/7/8/9/10/11/12/f', 'tooDeep'),
  tooMuch('a file too large', 'truncate -s 300M main', 'tooLarge'),
  tooMuch('files too large together', 'for i in 1 2 3; do truncate -s 100M $i; done', 'tooLarge'),
  script('a sparse terabyte', 'truncate -s 1T main 2>&1\necho tried', {
    end: ['exited 0', 'signalled 25'],
    collected: ['collected', 'requiredMissing', 'none'],
    required: null,
    witness: [/File too large|^tried$/m],
  }),
];

const processes: readonly BuildAttack[] = [
  script(
    'a daemon of the compiler that changes the artefact',
    `echo program > main\n(setsid bash -c 'while :; do echo changed > main; touch late-$RANDOM; done' >/dev/null 2>&1 &)\nfor i in {1..2000}; do :; done\necho made`,
    // Files of its time are there or not; that nothing runs any more while they are read is what the next run shows.
    { end: 'exited 0', collected: ['collected', 'tooManyFiles'], witness: [/^made$/m] },
  ),
  script(
    'a fork bomb of the compiler',
    'echo forking\nb() { b | b & }; ulimit -a >/dev/null; b; SECONDS=0; while [ $SECONDS -lt 12 ]; do :; done',
    {
      end: ['cpuTimeExceeded', 'wallTimeExceeded'],
      collected: 'none',
      witness: [/^forking$/m],
      limits: { ...SPINNING, processes: 48 },
    },
  ),
  script('a memory bomb of the compiler', 'echo taking\nx=x; for i in {1..29}; do x=$x$x; done; echo got ${#x}', {
    end: 'memoryExceeded',
    collected: 'none',
    witness: [/^taking$/m],
    never: /^got/m,
  }),
  script(
    'filling the working folder',
    'head -c 200M /dev/zero > a; for i in {1..10}; do head -c 12M /dev/zero > $i; done\necho tried; rm *',
    {
      end: ['exited 0', 'memoryExceeded'],
      collected: ['collected', 'none'],
      required: null,
      witness: [/File too large|No space left|File size limit/],
    },
  ),
  script(
    'a mount of its own over the working folder',
    'unshare -Urm true 2>&1; mount -t tmpfs none . 2>&1; echo tried',
    {
      end: 'exited 0',
      collected: 'collected',
      required: null,
      witness: [/not permitted|must be superuser|permission denied|not found/i, /^tried$/m],
    },
  ),
];

/** Names in a pack that no build of ours writes: the judge was deceived, so trouble of ours, and nothing outside is touched. */
const badPack = (what: string, files: readonly PackedFile[], rawPack = packOf(files)): BuildAttack => ({
  kind: 'build',
  name: `a pack with ${what}`,
  files,
  rawPack,
  argv: ['true'],
  required: null,
  end: 'fault',
  collected: 'none',
  witness: [/helper: /],
});

const named = (...names: readonly string[]): PackedFile[] => names.map((name) => ({ name, content: Buffer.from('x') }));
const whole = packOf(named('main'));

const packs: readonly BuildAttack[] = [
  badPack('a name that leads out', named('../escaped')),
  badPack('a name that leads out further in', named('a/../../escaped')),
  badPack('an absolute name', named('/tmp/escaped')),
  badPack('an empty name', named('')),
  badPack('a NUL byte in a name', named('a\0b')),
  badPack('the same name twice', named('a', 'a')),
  badPack('a file where a folder must be', named('a', 'a/b')),
  badPack('a name longer than names may be', named('x'.repeat(256))),
  badPack('a name that is the folder itself', named('.')),
  badPack('no word that says it is one', [], Buffer.from('something else')),
  badPack('an end in the middle', [], whole.subarray(0, whole.length - 1)),
  badPack('half a header', [], Buffer.concat([whole, Buffer.alloc(5)])),
  badPack(
    'a size beyond its end',
    [],
    Buffer.concat([whole.subarray(0, 12), Buffer.alloc(8, 0xff), whole.subarray(20)]),
  ),
];

export const leavings: readonly BuildAttack[] = [...places, ...names, ...amounts, ...processes, ...packs];
