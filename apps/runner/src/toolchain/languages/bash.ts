import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const bash: Language = {
  id: 'bash',
  sourceFile: 'main.sh',
  build: null,
  run: ['bash', 'main.sh'],
  packages: ['bash', 'bc', 'coreutils', 'findutils', 'gawk', 'grep', 'sed'],
  versionCommand: ['bash', '--version'],
  needs: { extraMemoryBytes: 4 * MIB, processes: 64, buildMemoryBytes: 0, diskBytes: 20 * MIB },
  heapExhaustedSign: null,
  selfTest: { source: 'read -r a b\necho $((a + b))\n', input: '2 3\n', output: '5\n' },
};
