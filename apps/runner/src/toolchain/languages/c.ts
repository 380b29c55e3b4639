import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const c: Language = {
  id: 'c',
  sourceFile: 'main.c',
  build: ['gcc', '-O2', '-std=gnu17', '-o', 'main', 'main.c', '-lm'],
  run: ['./main'],
  packages: ['gcc', 'libc6-dev'],
  versionCommand: ['gcc', '-dumpfullversion'],
  needs: { extraMemoryBytes: 0, processes: 64, buildMemoryBytes: 512 * MIB, diskBytes: 210 * MIB },
  heapExhaustedSign: null,
  selfTest: {
    source: `#include <stdio.h>
#include <math.h>

int main(void) {
  long a, b;
  if (scanf("%ld %ld", &a, &b) != 2) return 1;
  printf("%.0f\\n", floor((double)a) + b);
}
`,
    input: '2 3\n',
    output: '5\n',
  },
};
