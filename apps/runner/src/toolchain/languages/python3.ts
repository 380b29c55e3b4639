import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const python3: Language = {
  id: 'python3',
  sourceFile: 'main.py',
  build: null,
  run: ['python3', 'main.py'],
  packages: ['python3'],
  versionCommand: ['python3', '--version'],
  needs: { extraMemoryBytes: 8 * MIB, processes: 64, buildMemoryBytes: 0, diskBytes: 40 * MIB },
  heapExhaustedSign: /^MemoryError/m,
  selfTest: { source: 'print(sum(map(int, input().split())))\n', input: '2 3\n', output: '5\n' },
};
