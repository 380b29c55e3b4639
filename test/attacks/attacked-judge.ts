import path from 'node:path';
import { NativeSandbox } from '../../apps/runner/src/sandbox/native-sandbox.js';
import type { SandboxLimits } from '../../apps/runner/src/sandbox/sandbox.js';

// A judge that is killed in the middle of a run, see deaths.ts.

const { treeRoot, cacheFolder, argv, limits } = JSON.parse(process.argv[2] ?? '') as {
  treeRoot: string;
  cacheFolder: string;
  argv: string[];
  limits: SandboxLimits;
};
/** Users of its own: the slots of the other judge on this machine are 0 and 1. */
const slot = { index: 7, core: 0 };

const sandbox = await NativeSandbox.open({ treeRoot, cacheFolder, slots: [slot] });
const packPath = path.join(cacheFolder, 'packs/program.pack');
const run = { argv, packPath, collect: null, files: [], stdinPath: null, limits, allowFileLocks: false, warm: false };
await sandbox.run(slot, run, new AbortController().signal);
