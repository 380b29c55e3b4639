import type { Attack } from './attack.js';
import { causes } from './causes.js';
import { compile } from './compile.js';
import { files } from './files.js';
import { information } from './information.js';
import { judge } from './judge.js';
import { memory } from './memory.js';
import { network } from './network.js';
import { processes } from './processes.js';

export const attacks: readonly Attack[] = [
  ...processes,
  ...causes,
  ...memory,
  ...files,
  ...information,
  ...network,
  ...compile,
  ...judge,
];
