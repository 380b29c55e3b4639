import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ArtefactTooLarge, copyArtefact } from './artefact.js';

describe('copyArtefact', () => {
  let folder: string;
  const from = (...names: string[]) => path.join(folder, 'from', ...names);
  const to = (...names: string[]) => path.join(folder, 'to', ...names);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-artefact-'));
    mkdirSync(from());
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('copies files and folders, and says whether they may be run', async () => {
    mkdirSync(from('classes'));
    writeFileSync(from('main'), 'program', { mode: 0o700 });
    writeFileSync(from('classes', 'Main.class'), 'bytes', { mode: 0o600 });
    expect(await copyArtefact(from(), to())).toBe(12);
    expect([readFileSync(to('main'), 'utf8'), statSync(to('main')).mode & 0o777]).toEqual(['program', 0o755]);
    expect(statSync(to('classes', 'Main.class')).mode & 0o777).toBe(0o644);
  });

  it('leaves links, FIFOs and all else where they are, and touches nothing behind them', async () => {
    const secret = path.join(folder, 'secret');
    writeFileSync(secret, 'of the host', { mode: 0o600 });
    symlinkSync(secret, from('main'));
    symlinkSync('/etc', from('folder'));
    symlinkSync('/nowhere', from('dangling'));
    execFileSync('mkfifo', [from('fifo')]);
    expect(await copyArtefact(from(), to())).toBe(0);
    expect(readdirSync(to())).toEqual([]);
    expect(lstatSync(secret).mode & 0o777).toBe(0o600);
  });

  it('makes new files: a hard link to the copy is none to the original', async () => {
    writeFileSync(from('main'), 'first');
    linkSync(from('main'), path.join(folder, 'kept'));
    await copyArtefact(from(), to());
    writeFileSync(path.join(folder, 'kept'), 'changed');
    expect(readFileSync(to('main'), 'utf8')).toBe('first');
  });

  it('refuses a file of a terabyte that holds nothing', async () => {
    writeFileSync(from('main'), '');
    truncateSync(from('main'), 2 ** 40);
    await expect(copyArtefact(from(), to())).rejects.toThrow(ArtefactTooLarge);
  });

  it('refuses too many files and too deep folders', async () => {
    for (let i = 0; i <= 2_000; i++) writeFileSync(from(`${i}`), '');
    await expect(copyArtefact(from(), to())).rejects.toThrow(/more than 2000 files/);
    rmSync(folder, { recursive: true });
    mkdirSync(from(...Array.from({ length: 12 }, () => 'd')), { recursive: true });
    await expect(copyArtefact(from(), to())).rejects.toThrow(/nested/);
    // Making the 2,001 files takes seconds on a busy disk.
  }, 30_000);
});
