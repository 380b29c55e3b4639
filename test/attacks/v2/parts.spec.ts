import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { initramfsOf, inLoadOrder } from './initramfs.js';
import { exitCodeOf, messageLine, messageOf, type Message } from './messages.js';
import { slowdown } from './pace.js';
import { sourceHash } from './source-hash.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('The initramfs', () => {
  it('names folders before what lies in them, and begins every member and content at a multiple of four', () => {
    const files = [
      { name: 'init', content: Buffer.from('abcde'), executable: true },
      { name: 'a/b/c', content: Buffer.from('xyz') },
    ];
    const archive = initramfsOf(files, ['dev']);
    const headers = [...archive.toString('latin1').matchAll(/070701([0-9a-f]{104})([^\0]+)\0/g)];
    const modeOf = (fields = '') => Number.parseInt(fields.slice(8, 16), 16).toString(8);
    expect(headers.map(([, fields, name]) => `${name} ${modeOf(fields)}`)).toEqual([
      'a 40755',
      'a/b 40755',
      'dev 40755',
      'init 100755',
      'a/b/c 100644',
      'TRAILER!!! 0',
    ]);
    const places = [...headers.map(({ index }) => index), archive.indexOf('abcde'), archive.indexOf('xyz')];
    expect(places.map((place) => place % 4)).toEqual(places.map(() => 0));
    expect(archive.length % 4).toBe(0);
  });

  it('loads a module after all that it needs, each once, and none that the kernel has built in', () => {
    const needs: Readonly<Record<string, string>> = {
      '9p': 'netfs,9pnet,inside',
      virtio: '9pnet',
      netfs: '',
      '9pnet': 'netfs',
    };
    for (const [name, list] of Object.entries(needs)) {
      writeFileSync(path.join(folder, `${name}.ko`), `ELF\0license=GPL\0depends=${list}\0name=${name}\0`);
    }
    const find = (name: string) => (name === 'inside' ? null : path.join(folder, `${name}.ko`));
    const order = inLoadOrder(['9p', 'virtio'], find).map((file) => path.basename(file));
    expect(order).toEqual(['netfs.ko', '9pnet.ko', '9p.ko', 'virtio.ko']);
  });
});

describe('What the guest tells', () => {
  it('is read back, and other lines are not taken for it', () => {
    const message: Message = { kind: 'ended', role: 'user', code: 0, ms: 17, left: ['process 5 cat'], emptyGroups: 2 };
    expect(messageOf(messageLine(message))).toEqual(message);
    expect([messageOf('saiban-guest: init reached'), messageOf('{"kind":"ended"}')]).toEqual([null, null]);
    expect([exitCodeOf('saiban-guest: exit 12'), exitCodeOf('an attack: saiban-guest: exit 0')]).toEqual([12, null]);
  });

  it('scales times by what it is slowest at, rounded up, and never below one', () => {
    const host = { loopMs: 20, forkExecMs: 1 };
    expect(slowdown(host, { loopMs: 100, forkExecMs: 11.2 })).toBe(12);
    expect(slowdown(host, { loopMs: 101, forkExecMs: 2 })).toBe(6);
    expect(slowdown(host, { loopMs: 10, forkExecMs: 0.5 })).toBe(1);
  });
});

describe('The hash of the sources', () => {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: folder });
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };

  it('changes with names and contents of the files that git tracks there, and with nothing else', () => {
    git('init', '--quiet');
    write('test/attacks/one.c', '1');
    write('apps/runner/native/two.c', '22');
    git('add', '.');
    const first = sourceHash(folder);
    write('README', 'elsewhere');
    write('test/attacks/untracked.c', '3');
    git('add', 'README');
    expect(sourceHash(folder)).toBe(first);
    write('test/attacks/one.c', '4');
    const changed = sourceHash(folder);
    expect(changed).not.toBe(first);
    git('mv', 'test/attacks/one.c', 'test/attacks/other.c');
    expect(new Set([first, changed, sourceHash(folder)]).size).toBe(3);
  });
});
