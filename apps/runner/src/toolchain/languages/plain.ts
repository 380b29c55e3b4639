import type { Language } from '../language.js';
import { MIB } from '../units.js';

/** The source is the output. */
export const plain: Language = {
  id: 'plain',
  sourceFile: 'main.txt',
  build: null,
  run: ['cat', 'main.txt'],
  packages: ['coreutils'],
  versionCommand: ['cat', '--version'],
  needs: { extraMemoryBytes: 4 * MIB, processes: 16, buildMemoryBytes: 0, diskBytes: 0 },
  heapExhaustedSign: null,
  selfTest: { source: '5\n', input: '2 3\n', output: '5\n' },
};
