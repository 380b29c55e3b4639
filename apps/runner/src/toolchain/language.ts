import type { LanguageId } from '#libs/paiza/languages.js';
import { MIB } from './units.js';

/**
 * A command as argv inside the sandbox, with its working folder at the source or the artefact. In every argument
 * `{memoryMiB}` stands for the memory the program may use (the problem's limit, without the runtime's extra), so that a
 * runtime can size its heap by it; `commandLine` fills it in.
 */
export type Command = readonly [program: string, ...args: string[]];

/**
 * Everything Saiban knows of one language. Nothing else in the code asks which language it is. Its commands run in the
 * environment `treeEnvironment`, with an unlimited RLIMIT_STACK: the memory limit bounds the stack too.
 */
export interface Language {
  readonly id: LanguageId;
  /** What the source is saved as. */
  readonly sourceFile: string;
  /** Leaves the artefact in the working folder; null when the source itself is run. */
  readonly build: Command | null;
  readonly run: Command;
  /** Debian packages that hold its compiler or interpreter. */
  readonly packages: readonly string[];
  /**
   * Run once as root when a tree is made, in a folder that holds the self-test's source: caches that make builds fast.
   * What they write under /usr stays in the tree.
   */
  readonly prepare?: readonly Command[];
  /** Prints the version, which is the first match of a number with dots. */
  readonly versionCommand: Command;
  readonly needs: {
    /** Of the runtime itself, added to the problem's memory limit. */
    readonly extraMemoryBytes: number;
    /** Processes and threads a run may have. */
    readonly processes: number;
    /** Its runtime fails without locks or watches on files, which are a covert channel between runs. */
    readonly fileLocks?: true;
    /** Memory for the build; 0 without one. */
    readonly buildMemoryBytes: number;
    /** What its packages take in the tree; added up to see beforehand that the disk has room. */
    readonly diskBytes: number;
  };
  /** Found in the error output, it says that the runtime's own heap was exhausted. */
  readonly heapExhaustedSign: RegExp | null;
  /** Prints the output for the input; beyond that, the programs of a language are up to its users. */
  readonly selfTest: { readonly source: string; readonly input: string; readonly output: string };
}

/** The whole environment of every command in a tree. A runtime that sees no UTF-8 locale reads and writes ASCII. */
export const treeEnvironment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
} as const;

/** The argv to execute, for a program that may use so much memory. */
export function commandLine(command: Command, memoryBytes: number): string[] {
  const memoryMiB = String(Math.max(1, Math.floor(memoryBytes / MIB)));
  return command.map((argument) => argument.replaceAll('{memoryMiB}', memoryMiB));
}
