import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const ruby: Language = {
  id: 'ruby',
  sourceFile: 'main.rb',
  build: null,
  run: ['ruby', 'main.rb'],
  packages: ['ruby'],
  versionCommand: ['ruby', '--version'],
  needs: { extraMemoryBytes: 32 * MIB, processes: 64, buildMemoryBytes: 0 },
  heapExhaustedSign: /NoMemoryError/,
  selfTest: { source: 'puts gets.split.sum(&:to_i)\n', input: '2 3\n', output: '5\n' },
};
