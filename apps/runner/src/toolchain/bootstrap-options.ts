import { commandLine, type Command, type Language, treeEnvironment } from './language.js';
import { shellQuoted } from './shell.js';

export const SUITE = 'trixie';

/**
 * Left out of every tree: what no program needs, and what may hold a password (a mirror's or a proxy's).
 * Device files cannot be made by an ordinary user; the sandbox brings its own.
 */
export const EXCLUDED = ['./dev/*', './etc/apt', './etc/resolv.conf', './var/cache/*', './var/lib/apt', './var/log/*'];

/**
 * Nothing in a tree may give privileges, and whatever user runs in the sandbox must be able to read it. Done on the
 * unpacked tree and never in a hook: there the host's /sys and /dev are mounted, and chmod would change the host's.
 */
export const READABLE = 'find "$tree" -perm /6000 -exec chmod ug-s {} + && chmod -R a+rX "$tree"';

/** What the sandbox's helper is compiled with, inside the tree (apps/runner/native). */
const BASE_PACKAGES = ['gcc', 'libc6-dev', 'libseccomp-dev', 'make'];

const FIXED = [
  '--variant=minbase',
  '--skip=check/qemu',
  '--dpkgopt=force-unsafe-io',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
  '--dpkgopt=path-exclude=/usr/share/doc/*',
  '--dpkgopt=path-include=/usr/share/doc/*/copyright',
  '--aptopt=Acquire::Retries "3"',
  // A terminal of its own would put dpkg outside of our process group, and it would outlive a killed install.
  '--aptopt=Dpkg::Use-Pty "false"',
  // Java's package fails without it when man pages are left out.
  '--setup-hook=mkdir -p "$1/usr/share/man/man1"',
  // Where a program's working folder and its extra files will be mounted.
  '--customize-hook=mkdir -p "$1/usr/lib/saiban" "$1/box" "$1/files"',
];

/** mmdebstrap's options, but for where the packages come from: so they are part of a tree's recipe. */
export function bootstrapOptions(languages: readonly Language[]): string[] {
  const packages = new Set([...BASE_PACKAGES, ...languages.flatMap((language) => language.packages)]);
  return [...FIXED, `--include=${[...packages].toSorted().join(',')}`, ...languages.flatMap(prepareHooks)];
}

const PREPARE_FOLDER = '/tmp/prepare';

function prepareHooks({ id, sourceFile, selfTest, prepare = [] }: Language): string[] {
  if (prepare.length === 0) return [];
  const folder = `"$1"${PREPARE_FOLDER}`;
  return [
    hook(`mkdir ${folder} && printf %s ${shellQuoted(selfTest.source)} > ${folder}/${sourceFile}`),
    ...prepare.map((command) => hook(`${announce(`preparing ${id}`)}; ${inTree(PREPARE_FOLDER, command)}`)),
    hook(`rm -rf ${folder}`),
  ];
}

const hook = (script: string) => `--customize-hook=${script}`;

/** In the form of mmdebstrap's own messages, so that progress is read from one stream. */
const announce = (step: string) => `echo ${shellQuoted(`I: ${step}...`)} >&2`;

function inTree(folder: string, command: Command): string {
  const environment = Object.entries(treeEnvironment).map(([name, value]) => `${name}=${value}`);
  const script = ['sh', '-c', 'cd "$0" && exec "$@"', folder, ...commandLine(command, 0)];
  return `chroot "$1" env -i ${[...environment, ...script].map(shellQuoted).join(' ')}`;
}
