import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const javascript: Language = {
  id: 'javascript',
  sourceFile: 'main.js',
  build: null,
  // 250,000 KiB of stack: a recursion 2,000,000 deep. From 2 GiB on V8's arithmetic overflows and nothing runs.
  run: ['node', '--max-old-space-size={memoryMiB}', '--stack-size=250000', 'main.js'],
  packages: ['nodejs'],
  versionCommand: ['node', '--version'],
  needs: {
    // Measured: 14 MB at rest and a young generation of up to 48 MB beside the old space that the option bounds.
    extraMemoryBytes: 48 * MIB,
    processes: 256,
    buildMemoryBytes: 0,
    diskBytes: 120 * MIB,
  },
  heapExhaustedSign: /JavaScript heap out of memory/,
  selfTest: {
    source: `const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);
console.log(a + b);
`,
    input: '2 3\n',
    output: '5\n',
  },
};
