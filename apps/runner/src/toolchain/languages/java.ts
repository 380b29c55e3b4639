import type { Command, Language } from '../language.js';
import { MIB } from '../units.js';

/** Starts faster than the default collector and has no threads of its own that would count as the program's time. */
const SERIAL = ['-XX:+UseSerialGC', '-XX:-UsePerfData'] as const;
const ARCHIVE = '/usr/lib/saiban/javac.jsa';

/**
 * The compiler started by `java`: class-data sharing takes it from 0.66 s to 0.28 s, C1 alone is enough for its short
 * life. -proc:none: an annotation processor would be the student's code inside the build.
 */
const javac = (sharing: string): Command => [
  'java',
  ...SERIAL,
  '-XX:TieredStopAtLevel=1',
  sharing,
  '-Xmx512m',
  '-Xss16m',
  '--add-modules',
  'jdk.compiler',
  '-m',
  'jdk.compiler/com.sun.tools.javac.Main',
  '-encoding',
  'UTF-8',
  '-proc:none',
  'Main.java',
];

export const java: Language = {
  id: 'java',
  sourceFile: 'Main.java',
  build: javac(`-XX:SharedArchiveFile=${ARCHIVE}`),
  // 64 MB of stack: a recursion 1,000,000 deep. More, and the unwinding of an endless one takes half a gigabyte.
  run: ['java', ...SERIAL, '-Xmx{memoryMiB}m', '-Xss64m', 'Main'],
  packages: ['openjdk-21-jdk-headless'],
  prepare: [javac(`-XX:ArchiveClassesAtExit=${ARCHIVE}`)],
  versionCommand: ['java', '-version'],
  needs: {
    // Measured: 20 MB at rest beyond the heap. Above 24, an exhausted heap of 64 MB would stay under 90 % of the limit.
    extraMemoryBytes: 24 * MIB,
    processes: 256,
    buildMemoryBytes: 1024 * MIB,
    diskBytes: 320 * MIB,
  },
  heapExhaustedSign: /java\.lang\.OutOfMemoryError/,
  selfTest: {
    source: `import java.util.Scanner;

public class Main {
  public static void main(String[] args) {
    Scanner in = new Scanner(System.in);
    System.out.println(in.nextLong() + in.nextLong());
  }
}
`,
    input: '2 3\n',
    output: '5\n',
  },
};
