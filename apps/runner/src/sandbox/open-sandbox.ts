import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { NativeSandbox, type NativeSandboxOptions } from './native-sandbox.js';
import { packOf } from './pack.js';
import { SandboxFault, type SandboxTier, type Slot } from './sandbox.js';

const MIB = 1024 * 1024;
const LIMITS = {
  cpuTimeUs: 5_000_000,
  wallTimeUs: 10_000_000,
  memoryBytes: 64 * MIB,
  stdoutBytes: 1024,
  stderrBytes: 1024,
  processes: 16,
  openFiles: 16,
  fileBytes: 1024,
  scratchBytes: MIB,
  stackBytes: null,
};

/**
 * The sandbox, once a first program has run in each slot: nothing is judged where a box cannot be made. Throws SandboxFault
 * with what to do.
 */
export async function openSandbox(options: NativeSandboxOptions): Promise<NativeSandbox> {
  const log = new Logger('Sandbox');
  try {
    const sandbox = await NativeSandbox.open(options);
    log.log(describe(sandbox.tier));
    if (sandbox.tier.swaps)
      log.warn('This host may swap runs out, and their times then depend on others. Turn swap off: swapoff -a');
    if (sandbox.tier.tier === 'unsafe') log.error('UNSAFE: programs may harm this machine and each other.');
    await Promise.all(options.slots.map((slot) => proveItself(sandbox, options.cacheFolder, slot)));
    return sandbox;
  } catch (error) {
    if (!(error instanceof SandboxFault)) throw error;
    throw new SandboxFault(
      `SANDBOX_REFUSED: this host does not let the runner make its sandbox (${error.message}). Run as root, or allow user namespaces ` +
        '(sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000); in a container, give it these rights. ' +
        'docs/security.md tells more.',
      { cause: error },
    );
  }
}

const TIERS: Readonly<Record<SandboxTier['tier'], string>> = {
  full: 'full: figures from a fresh cgroup for each run',
  degraded: 'degraded: no cgroup to be had, figures are approximate',
  unsafe: 'unsafe',
};

const describe = ({ tier, cgroup, userNamespace, without }: SandboxTier) =>
  `Sandbox ${TIERS[tier]}; cgroup ${cgroup}${userNamespace ? ', as an ordinary user' : ''}` +
  `${without.length > 0 ? `; WITHOUT ${without.join(', ')}` : ''}.`;

async function proveItself(sandbox: NativeSandbox, cacheFolder: string, slot: Slot): Promise<void> {
  const packPath = path.join(cacheFolder, `first-${slot.index}.pack`);
  writeFileSync(packPath, packOf([]), { mode: 0o600 });
  try {
    const run = {
      argv: ['true'],
      packPath,
      collect: null,
      files: [],
      stdinPath: null,
      allowFileLocks: false,
      warm: true,
    };
    const outcome = await sandbox.run(slot, { ...run, limits: LIMITS }, new AbortController().signal);
    if (outcome.status === 'exited' && outcome.exitCode === 0) return;
    throw new SandboxFault(`a first program ended with ${outcome.status}`);
  } finally {
    rmSync(packPath, { force: true });
  }
}
