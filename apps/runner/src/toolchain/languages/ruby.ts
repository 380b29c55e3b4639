import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const ruby: Language = {
  id: 'ruby',
  sourceFile: 'main.rb',
  build: null,
  // Its own stack of 1 MiB would end a recursion at a depth of 10,000; 64 MiB carry 500,000.
  run: ['env', 'RUBY_THREAD_VM_STACK_SIZE=67108864', 'ruby', 'main.rb'],
  packages: ['ruby'],
  versionCommand: ['ruby', '--version'],
  needs: { extraMemoryBytes: 16 * MIB, processes: 64, buildMemoryBytes: 0, diskBytes: 50 * MIB },
  heapExhaustedSign: /failed to allocate memory \(NoMemoryError\)/,
  selfTest: { source: 'puts gets.split.sum(&:to_i)\n', input: '2 3\n', output: '5\n' },
};
