import { spawn } from 'node:child_process';
import { treeEnvironment } from './language.js';

const IN_TREE_TIMEOUT_MS = 60_000;

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A command in a read-only tree with `folder` as its working folder, by bubblewrap. For our own self-tests: it has no
 * limits but a time-out and is no sandbox for anybody else's program.
 */
export async function inTree(root: string, command: readonly string[], folder?: string, input = ''): Promise<Said> {
  const box = [
    ...['--unshare-all', '--die-with-parent', '--ro-bind', root, '/', '--proc', '/proc', '--dev', '/dev'],
    ...[
      '--tmpfs',
      '/tmp',
      ...(folder === undefined ? [] : ['--bind', folder, '/box', '--chdir', '/box']),
      '--clearenv',
    ],
    ...Object.entries(treeEnvironment).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
  const child = spawn('bwrap', [...box, '--', ...command], { timeout: IN_TREE_TIMEOUT_MS, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  // A program that does not read its input closes the pipe.
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { code, stdout, stderr };
}
