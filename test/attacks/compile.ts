import { c } from '../../apps/runner/src/toolchain/languages/c.js';
import { cpp } from '../../apps/runner/src/toolchain/languages/cpp.js';
import { java } from '../../apps/runner/src/toolchain/languages/java.js';
import { type BuildAttack, type End, LIMITS, MIB } from './attack.js';
import { leavings } from './leavings.js';

/** Of a small compilation; a bomb must not last long. */
const BUILD_LIMITS = {
  ...LIMITS,
  cpuTimeUs: 1_000_000,
  memoryBytes: 256 * MIB,
  fileBytes: 32 * MIB,
  scratchBytes: 128 * MIB,
  openFiles: 256,
  stdoutBytes: 64 * 1024,
} as const;
const STOPPED: readonly End[] = ['exited 1', 'cpuTimeExceeded', 'wallTimeExceeded', 'memoryExceeded'];

type Expected = Pick<BuildAttack, 'name' | 'end' | 'witness'> & Partial<BuildAttack>;

const inC = (source: string, expected: Expected): BuildAttack => ({
  kind: 'build',
  files: [{ name: 'main.c', content: Buffer.from(source) }],
  argv: c.build ?? [],
  limits: BUILD_LIMITS,
  collected: 'none',
  ...expected,
});

const inCpp = (source: string, expected: Expected): BuildAttack =>
  inC('', { files: [{ name: 'main.cpp', content: Buffer.from(source) }], argv: cpp.build ?? [], ...expected });

const EMPTY_MAIN = 'int main(void) { return 0; }\n';
const OWNED = '#!/bin/sh\necho owned >&2\ntouch owned\n';

const including: readonly BuildAttack[] = [
  inC('#include "/dev/random"\n' + EMPTY_MAIN, { name: 'including /dev/random', end: STOPPED, witness: [] }),
  inC('#include "/dev/zero"\n' + EMPTY_MAIN, { name: 'including /dev/zero', end: STOPPED, witness: [] }),
  inC('#include "/dev/stdin"\n' + EMPTY_MAIN, {
    name: 'including /dev/stdin, which is empty',
    end: 'exited 0',
    collected: 'collected',
    witness: [],
    packed: ['main', 'main.c'],
  }),
  inC('#include "/proc/self/environ"\n' + EMPTY_MAIN, {
    name: 'including the environment of the compiler',
    // The kernel says that it is empty, and so the compiler does not read it.
    end: ['exited 0', 'exited 1'],
    collected: ['collected', 'none'],
    witness: [],
    never: /SAIBAN|SECRET|DATABASE|NODE_|SUDO|SSH/,
  }),
  inC('#include "/proc/1/environ"\n' + EMPTY_MAIN, {
    name: 'including the environment of process 1',
    end: 'exited 1',
    witness: [/No such file/],
  }),
  inC('#include "/etc/shadow"\n' + EMPTY_MAIN, {
    name: 'including the shadow file',
    end: 'exited 1',
    // The tree's own, in which nobody has a password.
    witness: [/shadow:/],
    never: /:\$\w+\$/,
  }),
  inC('#include "/var/lib/saiban/answer"\n#include "../../../blobs/input"\n' + EMPTY_MAIN, {
    name: 'including test data',
    end: 'exited 1',
    witness: [/No such file or directory/],
    never: /the input of the run/,
  }),
  inC(`__asm__(".incbin \\"/root/.ssh/id_rsa\\"");\n__asm__(".incbin \\"/proc/1/environ\\"");\n` + EMPTY_MAIN, {
    name: 'assembling files of others into the program',
    end: 'exited 1',
    witness: [/not found: \/root\/\.ssh\/id_rsa/, /not found: \/proc\/1\/environ/],
  }),
];

const bombs: readonly BuildAttack[] = [
  inCpp('template <int n> struct A { A<2 * n> a; A<2 * n + 1> b; };\nA<1> bomb;\nint main() {}\n', {
    name: 'a bomb of templates',
    end: STOPPED,
    witness: [],
  }),
  inCpp(
    'constexpr int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\nconstexpr int x = fib(60);\nint main() { return x; }\n',
    { name: 'a bomb of constant expressions', end: STOPPED, witness: [] },
  ),
  inC(
    `${Array.from({ length: 24 }, (_, i) => `#define A${i + 1} A${i} A${i}`).join('\n')}\n#define A0 x+\nint main(void) { int x = 0; return A24 0; }\n`,
    { name: 'a bomb of macros', end: STOPPED, witness: [] },
  ),
  inC('#include "main.c"\n', {
    name: 'a source that includes itself',
    end: 'exited 1',
    witness: [/nested depth/],
  }),
  inC('char filled[1 << 30] = {1};\n' + EMPTY_MAIN, {
    name: 'a static array of a gigabyte',
    end: [...STOPPED, 'exited 4', 'signalled 25'],
    witness: [],
  }),
  inC('int main(void) {\n' + 'undeclared();error error;\n'.repeat(20_000) + '}\n', {
    name: 'a flood of errors',
    end: STOPPED,
    witness: [/error/],
    figures: { stderrBytes: [1, 64 * 1024] },
  }),
  inC(`#pragma message("${'x'.repeat(1000)}")\n`.repeat(5_000) + EMPTY_MAIN, {
    name: 'a flood of messages',
    end: ['exited 0', ...STOPPED],
    collected: ['collected', 'none'],
    witness: [/#pragma message/],
    figures: { stderrBytes: [64 * 1024, 64 * 1024] },
  }),
];

const hijacks: readonly BuildAttack[] = [
  inC('#pragma GCC optimize ("-fplugin=./evil.so")\n#pragma GCC plugin "./evil.so"\n' + EMPTY_MAIN, {
    name: 'loading a plug-in into the compiler',
    end: 'exited 0',
    collected: 'collected',
    witness: [/fplugin|plugin/],
    never: /cannot load plugin|evil.so:/,
  }),
  inC('', {
    name: 'a compiler, an assembler and a Makefile of its own in the folder',
    files: [
      { name: 'main.c', content: Buffer.from(EMPTY_MAIN) },
      ...['cc1', 'as', 'ld', 'collect2', 'gcc'].map((name) => ({
        name,
        content: Buffer.from(OWNED),
        executable: true,
      })),
      { name: 'Makefile', content: Buffer.from('all:\n\ttouch owned\n') },
      { name: 'specs', content: Buffer.from('*cc1:\n-fplugin=./evil.so\n') },
    ],
    end: 'exited 0',
    collected: 'collected',
    witness: [],
    never: /owned/,
    packed: ['main', 'main.c', 'cc1', 'as', 'ld', 'collect2', 'gcc', 'Makefile', 'specs'],
  }),
  inC('', {
    name: 'an annotation processor in the build',
    files: [
      { name: 'Main.java', content: Buffer.from('public class Main { public static void main(String[] a) {} }\n') },
      { name: 'META-INF/services/javax.annotation.processing.Processor', content: Buffer.from('Evil\n') },
    ],
    argv: java.build ?? [],
    limits: { ...BUILD_LIMITS, cpuTimeUs: 20_000_000, wallTimeUs: 40_000_000, memoryBytes: 1024 * MIB, processes: 256 },
    required: null,
    end: 'exited 0',
    collected: 'collected',
    witness: [],
    never: /Evil|processor/i,
    packed: ['Main.java', 'Main.class', 'META-INF/services/javax.annotation.processing.Processor'],
  }),
];

export const compile: readonly BuildAttack[] = [...including, ...bombs, ...hijacks, ...leavings];
