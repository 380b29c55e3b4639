import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const javascript: Language = {
  id: 'javascript',
  sourceFile: 'main.js',
  build: null,
  run: ['node', '--max-old-space-size={memoryMiB}', '--stack-size=65500', 'main.js'],
  packages: ['nodejs'],
  versionCommand: ['node', '--version'],
  needs: { extraMemoryBytes: 96 * MIB, processes: 256, buildMemoryBytes: 0 },
  heapExhaustedSign: /JavaScript heap out of memory/,
  selfTest: {
    source: "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\nconsole.log(a + b);\n",
    input: '2 3\n',
    output: '5\n',
  },
};
