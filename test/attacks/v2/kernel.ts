import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { runCommand } from '../../../apps/launcher/src/processes/run-command.js';
import { Refusal } from '../../../apps/launcher/src/refusal.js';
import { inLoadOrder } from './initramfs.js';

/** What the guest boots: files of Debian's packages, downloaded and unpacked, never installed on this host. */
export interface GuestKernel {
  /** Of the kernel's package: name and version. */
  readonly version: string;
  readonly image: string;
  /** In the order in which they must be loaded. */
  readonly modules: readonly string[];
  /** Statically linked: it runs where there is no C library. */
  readonly busybox: string;
}

const KERNEL_PACKAGE = 'linux-image-amd64';
const BUSYBOX_PACKAGE = 'busybox-static';
/** The host's folders come over 9p by virtio on PCI; the rest of the guest is in memory. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];
const UNFINISHED = 'unfinished-';

/** From the cache folder, or downloaded into it by the host's apt, for which root is not needed. Throws Refusal. */
export async function guestKernel(cacheFolder: string, stop: AbortSignal): Promise<GuestKernel> {
  const cached = newestIn(cacheFolder);
  if (cached !== null) return cached;
  mkdirSync(cacheFolder, { recursive: true });
  const work = mkdtempSync(path.join(cacheFolder, UNFINISHED));
  try {
    const name = await kernelPackage(stop);
    const archives = await download([name, BUSYBOX_PACKAGE], work, stop);
    const unpacked = path.join(work, 'unpacked');
    for (const archive of archives) await must('dpkg-deb', ['-x', archive, unpacked], stop);
    const kernelArchive = archives.find((archive) => path.basename(archive).startsWith(`${name}_`)) ?? '';
    const version = await must('dpkg-deb', ['--show', '--showformat', '${Package} ${Version}', kernelArchive], stop);
    const whole = path.join(work, version.replaceAll(' ', '_'));
    keepNeeded(unpacked, whole);
    renameSync(whole, path.join(cacheFolder, path.basename(whole)));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const made = newestIn(cacheFolder);
  if (made === null) throw new Error(`${cacheFolder} holds no kernel although it has just been unpacked.`);
  return made;
}

/** A folder `<package>_<version>` with `vmlinuz`, `busybox` and `modules/NN-name.ko`. */
function newestIn(cacheFolder: string): GuestKernel | null {
  if (!existsSync(cacheFolder)) return null;
  const names = readdirSync(cacheFolder).filter((name) => !name.startsWith(UNFINISHED));
  const name = names.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
  if (name === undefined) return null;
  const folder = path.join(cacheFolder, name);
  const modules = readdirSync(path.join(folder, 'modules')).toSorted();
  return {
    version: name.replace('_', ' '),
    image: path.join(folder, 'vmlinuz'),
    modules: modules.map((module) => path.join(folder, 'modules', module)),
    busybox: path.join(folder, 'busybox'),
  };
}

/** The package of today's kernel that the one without a version depends on. */
async function kernelPackage(stop: AbortSignal): Promise<string> {
  if (spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Refusal('The guest boots a kernel of Debian, which is downloaded by apt-get; this system has none.');
  }
  const ask = () => runCommand('apt-cache', ['show', '--no-all-versions', KERNEL_PACKAGE], { stop });
  let { output } = await ask();
  // Without root the lists are as somebody left them.
  if (!output.includes('Depends:') && process.getuid?.() === 0) {
    await must('apt-get', ['-q', 'update'], stop);
    ({ output } = await ask());
  }
  const name = /^Depends: (linux-image-[^\s,]+)/m.exec(output)?.[1];
  if (name === undefined) {
    throw new Refusal(`apt-cache knows no ${KERNEL_PACKAGE}. On a Debian system type:\n  sudo apt-get update`);
  }
  return name;
}

async function download(names: readonly string[], folder: string, stop: AbortSignal): Promise<string[]> {
  const { code, output } = await runCommand('apt-get', ['-q', 'download', ...names], { cwd: folder, stop });
  const archives = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  if (code !== 0 || archives.length !== names.length) {
    throw new Refusal(`apt-get could not download ${names.join(' ')}. Is the network there? Its lists may be old:
  sudo apt-get update\n${output.trimEnd().split('\n').slice(-6).join('\n')}`);
  }
  return archives.map((name) => path.join(folder, name));
}

/** Of 400 MB some ten files are needed. */
function keepNeeded(unpacked: string, folder: string): void {
  mkdirSync(path.join(folder, 'modules'), { recursive: true });
  const boot = path.join(unpacked, 'boot');
  const image = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error('The package of the kernel holds no vmlinuz.');
  copyFileSync(path.join(boot, image), path.join(folder, 'vmlinuz'));
  // Debian 12 has it in /bin, later ones in /usr/bin.
  const busybox = ['bin/busybox', 'usr/bin/busybox']
    .map((name) => path.join(unpacked, name))
    .find((file) => existsSync(file));
  if (busybox === undefined) throw new Error(`The package ${BUSYBOX_PACKAGE} holds no busybox.`);
  copyFileSync(busybox, path.join(folder, 'busybox'));
  modulesOf(path.join(unpacked, 'lib/modules', image.replace('vmlinuz-', ''))).forEach((module, at) => {
    const name = `${String(at).padStart(2, '0')}-${path.basename(module)}`;
    copyFileSync(module, path.join(folder, 'modules', name));
  });
}

function modulesOf(folder: string): string[] {
  const files = readdirSync(path.join(folder, 'kernel'), { recursive: true, encoding: 'utf8' });
  const byName = new Map(files.filter((file) => file.endsWith('.ko')).map((file) => [nameOf(file), file]));
  const builtIn = new Set(readFileSync(path.join(folder, 'modules.builtin'), 'utf8').trim().split('\n').map(nameOf));
  return inLoadOrder(MODULES, (name) => {
    const file = byName.get(name.replaceAll('-', '_'));
    if (file === undefined && !builtIn.has(name)) throw new Error(`The kernel has no module ${name}.`);
    return file === undefined ? null : path.join(folder, 'kernel', file);
  });
}

const nameOf = (file: string) => path.basename(file, '.ko').replaceAll('-', '_');

/** What it printed. Throws when it fails. */
async function must(command: string, args: readonly string[], stop: AbortSignal): Promise<string> {
  const { code, output } = await runCommand(command, args, { stop });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output.trim();
}
