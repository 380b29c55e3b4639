import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const java: Language = {
  id: 'java',
  sourceFile: 'Main.java',
  // The quick compiler tier is for javac only, never for the student's program.
  build: ['javac', '-J-XX:+UseSerialGC', '-J-XX:TieredStopAtLevel=1', '-encoding', 'UTF-8', '-d', '.', 'Main.java'],
  run: ['java', '-XX:+UseSerialGC', '-Xmx{memoryMiB}m', '-Xss64m', '-Dfile.encoding=UTF-8', '-cp', '.', 'Main'],
  packages: ['openjdk-21-jdk-headless'],
  versionCommand: ['java', '-version'],
  needs: { extraMemoryBytes: 128 * MIB, processes: 256, buildMemoryBytes: 1024 * MIB },
  heapExhaustedSign: /java\.lang\.OutOfMemoryError/,
  selfTest: {
    source:
      'import java.util.*;\npublic class Main { public static void main(String[] a) {\n  Scanner in = new Scanner(System.in);\n  System.out.println(in.nextLong() + in.nextLong()); } }\n',
    input: '2 3\n',
    output: '5\n',
  },
};
