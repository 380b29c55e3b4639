import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const c: Language = {
  id: 'c',
  sourceFile: 'main.c',
  build: ['gcc', '-O2', '-std=gnu17', '-o', 'main', 'main.c', '-lm'],
  run: ['./main'],
  packages: ['gcc', 'libc6-dev'],
  versionCommand: ['gcc', '--version'],
  needs: { extraMemoryBytes: 0, processes: 64, buildMemoryBytes: 512 * MIB },
  heapExhaustedSign: null,
  selfTest: {
    source: '#include <stdio.h>\nint main(void) { long a, b; scanf("%ld %ld", &a, &b); printf("%ld\\n", a + b); }\n',
    input: '2 3\n',
    output: '5\n',
  },
};
