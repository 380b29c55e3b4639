import type { Scenario } from './attack.js';
import { deaths } from './deaths.js';
import { requests } from './requests.js';
import { together } from './together.js';

/** What needs more than one run, or trouble from outside. */
export const judge: readonly Scenario[] = [...requests, ...together, ...deaths];
