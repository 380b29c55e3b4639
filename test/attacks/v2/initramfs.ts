import { readFileSync } from 'node:fs';

/** A file of the initramfs; folders are made for the names that need them. */
export interface InitramfsFile {
  /** Without a leading slash. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly executable?: boolean;
}

const FOLDER = 0o040755;
const FILE = 0o100644;
const EXECUTABLE = 0o100755;
const ALIGNMENT = 4;

/** The archive that the kernel unpacks as its first root: cpio in the format "newc" (Documentation/driver-api/early-userspace). */
export function initramfsOf(files: readonly InitramfsFile[], emptyFolders: readonly string[] = []): Buffer {
  const folders = new Set([...emptyFolders, ...files.flatMap(({ name }) => foldersAbove(name))]);
  const members = [
    ...[...folders].toSorted().map((name) => member(name, FOLDER, new Uint8Array())),
    ...files.map(({ name, content, executable }) => member(name, executable === true ? EXECUTABLE : FILE, content)),
    member('TRAILER!!!', 0, new Uint8Array()),
  ];
  return Buffer.concat(members);
}

function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** Inode numbers may all be 0: they matter for hard links only. */
function member(name: string, mode: number, content: Uint8Array): Buffer {
  const encoded = Buffer.from(`${name}\0`);
  const [inode, user, group, links, time, device, checksum] = [0, 0, 0, 1, 0, 0, 0];
  const fields = [inode, mode, user, group, links, time, content.length];
  const header = [...fields, device, device, device, device, encoded.length, checksum];
  const text = `070701${header.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(text), encoded])), padded(content)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);
}

/** Kernel modules and what they need, each after what it needs. `find` gives the file of a module, null where it is built in. */
export function inLoadOrder(wanted: readonly string[], find: (name: string) => string | null): string[] {
  const ordered = new Set<string>();
  const visit = (name: string) => {
    const file = find(name);
    if (file === null || ordered.has(file)) return;
    for (const needed of neededModules(readFileSync(file))) visit(needed);
    ordered.add(file);
  };
  for (const name of wanted) visit(name);
  return [...ordered];
}

/** From the module's own description (the section .modinfo): names joined by commas. */
function neededModules(module: Buffer): string[] {
  const list = /(?:^|\0)depends=([^\0]*)\0/.exec(module.toString('latin1'))?.[1] ?? '';
  return list.split(',').filter((name) => name !== '');
}
