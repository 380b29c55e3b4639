import { type Sandbox, SandboxFault } from './sandbox.js';

const LIMITS = {
  cpuTimeUs: 5_000_000,
  wallTimeUs: 10_000_000,
  memoryBytes: 64 * 1024 * 1024,
  stdoutBytes: 1024,
  stderrBytes: 1024,
  processes: 16,
  fileBytes: 1024,
};

/** Nothing is judged where a box cannot be made. Throws SandboxFault with what to do. */
export async function checkSandbox(sandbox: Sandbox, workFolder: string): Promise<void> {
  const run = { argv: ['/bin/true'], workFolder, workFolderWritable: false, stdinPath: null, limits: LIMITS };
  try {
    const outcome = await sandbox.run({ index: 0, core: 0 }, run, new AbortController().signal);
    if (outcome.status === 'exited' && outcome.exitCode === 0) return;
    throw new SandboxFault(`a first program ended with ${outcome.status}`);
  } catch (error) {
    throw new SandboxFault(
      `SANDBOX_REFUSED: this host does not let the runner make namespaces (${String(error)}). Run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1).`,
      { cause: error },
    );
  }
}
