import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const bash: Language = {
  id: 'bash',
  sourceFile: 'main.sh',
  build: null,
  run: ['bash', 'main.sh'],
  packages: ['bash', 'coreutils', 'sed', 'grep', 'gawk'],
  versionCommand: ['bash', '--version'],
  needs: { extraMemoryBytes: 8 * MIB, processes: 64, buildMemoryBytes: 0 },
  heapExhaustedSign: null,
  selfTest: { source: 'read a b; echo $((a + b))\n', input: '2 3\n', output: '5\n' },
};
