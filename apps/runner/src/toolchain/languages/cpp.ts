import type { Language } from '../language.js';
import { MIB } from '../units.js';

export const cpp: Language = {
  id: 'cpp',
  sourceFile: 'main.cpp',
  // The tree holds bits/stdc++.h precompiled with exactly these flags; with others GCC silently reads the text.
  build: ['g++', '-O2', '-std=gnu++20', '-o', 'main', 'main.cpp'],
  run: ['./main'],
  packages: ['g++'],
  versionCommand: ['g++', '--version'],
  needs: { extraMemoryBytes: 0, processes: 64, buildMemoryBytes: 1024 * MIB },
  heapExhaustedSign: /std::bad_alloc/,
  selfTest: {
    source: '#include <bits/stdc++.h>\nint main() { long a, b; std::cin >> a >> b; std::cout << a + b << "\\n"; }\n',
    input: '2 3\n',
    output: '5\n',
  },
};
