import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Language } from './language.js';
import { sourceLines } from './mirror.js';

const SUITE = 'trixie';
/** What our own C code is compiled with, inside the tree. */
const BASE_PACKAGES = ['ca-certificates', 'gcc', 'libc6-dev', 'libseccomp-dev', 'libcap-dev'];
/** The flags of the row `cpp`, or GCC would read the text instead. */
const PRECOMPILED_HEADERS =
  'if [ -x "$1/usr/bin/g++" ]; then chroot "$1" sh -ec \'H=$(find /usr/include -path "*/bits/stdc++.h"); mkdir -p $H.gch; g++ -O2 -std=gnu++20 -x c++-header -o $H.gch/O2-gnu++20.gch $H\'; fi';

/** The arguments of mmdebstrap that make a tree as a tar on its standard output. */
export function debootstrapArguments(languages: readonly Language[], nativeFolder: string): string[] {
  const packages = [...new Set([...BASE_PACKAGES, ...languages.flatMap((language) => language.packages)])].toSorted();
  return [
    '--variant=minbase',
    '--format=tar',
    '--skip=check/qemu',
    `--include=${packages.join(',')}`,
    '--dpkgopt=force-unsafe-io',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    // Java's package fails without it when man pages are left out.
    '--setup-hook=mkdir -p "$1/usr/share/man/man1"',
    '--customize-hook=mkdir -p "$1/usr/lib/saiban" "$1/box"',
    ...nativeSources(nativeFolder).flatMap((name) => nativeHooks(nativeFolder, name)),
    `--customize-hook=${PRECOMPILED_HEADERS}`,
    SUITE,
    '-',
    ...sourceLines(SUITE),
  ];
}

function nativeHooks(folder: string, name: string): string[] {
  const inside = `/usr/lib/saiban/${name}`;
  return [
    `--customize-hook=upload "${path.join(folder, name)}" "${inside}"`,
    `--customize-hook=chroot "$1" gcc -O2 -static -Wall -Wextra -Werror -o ${inside.slice(0, -2)} ${inside}`,
  ];
}

export const nativeSources = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .toSorted();
