import { randomBytes } from 'node:crypto';
import { symlinkSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { packOf } from '../../apps/runner/src/sandbox/pack.js';
import type { SandboxRun } from '../../apps/runner/src/sandbox/sandbox.js';
import type { Arena } from './arena.js';
import { type End, type Scenario, type Sight, WAITING } from './attack.js';
import { printable } from './perform.js';

// What a worker could ask of the runner that cannot be done: trouble of ours, never an outcome of the program.

async function asking(arena: Arena, run: Partial<SandboxRun>, expected: readonly End[]): Promise<Sight> {
  const { end, stdout, fault } = await arena.see(arena.slots[0], { ...arena.runOf('sleep', [], WAITING), ...run });
  return {
    got: end,
    witness: printable(end === 'fault' ? fault : stdout.toString('latin1')),
    wrong: expected.includes(end) ? [] : [`it ended ${end}`],
  };
}

const request = (
  name: string,
  run: (arena: Arena) => Partial<SandboxRun>,
  expected: readonly End[] = ['fault'],
): Scenario => ({
  kind: 'scenario',
  name,
  expected: expected.join(' or '),
  perform: (arena) => asking(arena, run(arena), expected),
});

/** A pack of the arena's own, gone when the attack is over. */
const withPack = (
  name: string,
  file: { name: string; content: string; executable?: boolean },
  argv: readonly string[],
  expected: End,
): Scenario => ({
  kind: 'scenario',
  name,
  expected,
  async perform(arena) {
    const packPath = path.join(arena.cacheFolder, `${randomBytes(6).toString('hex')}.pack`);
    writeFileSync(packPath, packOf([{ ...file, content: Buffer.from(file.content) }]), { mode: 0o600 });
    try {
      return await asking(arena, { packPath, argv }, [expected]);
    } finally {
      rmSync(packPath);
    }
  },
});

const withLink = (
  name: string,
  target: (arena: Arena) => string,
  run: (link: string) => Partial<SandboxRun>,
): Scenario => ({
  kind: 'scenario',
  name,
  expected: 'fault',
  async perform(arena) {
    const link = path.join(arena.cacheFolder, `link-${randomBytes(6).toString('hex')}`);
    symlinkSync(target(arena), link);
    try {
      return await asking(arena, run(link), ['fault']);
    } finally {
      rmSync(link);
    }
  },
});

export const requests: readonly Scenario[] = [
  request('a program that is not there', () => ({ argv: ['./missing'] })),
  request('a program that is not on the path', () => ({ argv: ['no-such-program'] })),
  request('a folder as the program', () => ({ argv: ['/usr/bin'] })),
  request('an argument longer than the kernel allows', () => ({ argv: ['true', 'x'.repeat(200_000)] })),
  request('4 MB of arguments', () => ({ argv: ['true', ...Array.from({ length: 40 }, () => 'x'.repeat(100_000))] })),
  request('more arguments than a frame holds', () => ({ argv: ['true', ...Array.from({ length: 5000 }, () => 'x')] })),
  request('no arguments at all', () => ({ argv: [] })),
  request('an empty name of a program', () => ({ argv: [''] })),
  request(
    '90 kB of arguments, which are few',
    () => ({ argv: ['echo', ...Array.from({ length: 900 }, () => 'x'.repeat(99))] }),
    ['exited 0'],
  ),
  request('a pack that is not there', (arena) => ({ packPath: path.join(arena.cacheFolder, 'no.pack') })),
  request('an input that is not there', (arena) => ({ stdinPath: path.join(arena.cacheFolder, 'no.input') })),
  request('an extra file with a folder in its name', (arena) => ({
    files: [{ name: '../escaped', path: arena.extraFile }],
  })),
  request('an extra file named as the folder above', (arena) => ({ files: [{ name: '..', path: arena.extraFile }] })),
  request('two extra files of one name', (arena) => ({
    files: [1, 2].map(() => ({ name: 'twice', path: arena.extraFile })),
  })),
  request('more extra files than a frame holds', (arena) => ({
    files: Array.from({ length: 300 }, (_, i) => ({ name: `file-${i}`, path: arena.extraFile })),
  })),
  request('an input outside of the cache folder', (arena) => ({ stdinPath: arena.canaries.file })),
  request('a folder as input', (arena) => ({ stdinPath: path.dirname(arena.inputFile) }), [
    'fault',
    'wallTimeExceeded',
  ]),
  withLink(
    'a symlink as input',
    (arena) => arena.canaries.file,
    (link) => ({ stdinPath: link }),
  ),
  withLink(
    'a symlink as pack',
    (arena) => arena.canaries.file,
    (link) => ({ packPath: link }),
  ),
  withLink(
    'a symlink as extra file',
    (arena) => arena.canaries.file,
    (link) => ({ files: [{ name: 'linked', path: link }] }),
  ),
  withLink(
    'a symlink as a folder above the input',
    (arena) => arena.canaries.folder,
    (link) => ({ stdinPath: path.join(link, 'answer') }),
  ),
  withPack(
    'a text as the program',
    { name: 'main', content: 'not a program\n', executable: true },
    ['./main'],
    'fault',
  ),
  withPack('a program that may not be executed', { name: 'main', content: '#!/bin/sh\n' }, ['./main'], 'fault'),
  withPack(
    'a script for a program that is not there',
    { name: 'main', content: '#!/no/such\n', executable: true },
    ['./main'],
    'fault',
  ),
  withPack(
    'a script that is its own interpreter',
    { name: 'main', content: '#!/box/main\n', executable: true },
    ['./main'],
    'fault',
  ),
];
