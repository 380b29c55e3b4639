import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runnerSecret } from './secrets.js';

const BUILT = pathToFileURL(path.resolve(import.meta.dirname, '../../dist/libs/config/secrets.js')).href;

describe('The secret of the runner', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const program = () =>
    `import { runnerSecret } from ${JSON.stringify(BUILT)}; console.log(runnerSecret(${JSON.stringify(folder)}))`;
  const node = [process.execPath, '--input-type=module', '--eval'];

  it('stays, and only its owner reads it', () => {
    expect(runnerSecret(folder)).toBe(runnerSecret(folder));
    expect(statSync(path.join(folder, 'keys/runner-secret')).mode & 0o077).toBe(0);
  });

  it('is one for all processes that start together', async () => {
    const secrets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const [command = '', ...args] = node;
        const child = spawn(command, [...args, program()], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        await once(child, 'close');
        return text;
      }),
    );
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[\w-]{43}\n$/);
  });

  it('is made by the next start when the first found no room to write it', () => {
    // No file may get a byte: the write fails as on a full disk.
    const full = spawnSync('prlimit', ['--fsize=0', ...node, program()], { encoding: 'utf8' });
    expect(full.status).not.toBe(0);
    expect(runnerSecret(folder)).toMatch(/^[\w-]{43}$/);
  });
});
