import type { LanguageId } from '#libs/paiza/languages.js';

/**
 * A command as argv inside the sandbox, with its working folder at the source or the artefact. In every argument
 * `{memoryMiB}` stands for the memory the program may use, so that a runtime can size its heap by it.
 */
export type Command = readonly [program: string, ...args: string[]];

/** Everything Saiban knows of one language. Nothing else in the code asks which language it is. */
export interface Language {
  readonly id: LanguageId;
  /** What the source is saved as. */
  readonly sourceFile: string;
  /** Leaves the artefact in the working folder; null when the source itself is run. */
  readonly build: Command | null;
  readonly run: Command;
  /** Debian packages that hold its compiler or interpreter. */
  readonly packages: readonly string[];
  /** Prints the version, which is the first match of a number with dots. */
  readonly versionCommand: Command;
  readonly needs: {
    /** Of the runtime itself, added to the problem's memory limit. */
    readonly extraMemoryBytes: number;
    /** Processes and threads a run may have. */
    readonly processes: number;
    /** Memory for the build. */
    readonly buildMemoryBytes: number;
  };
  /** Found in the error output, it says that the runtime's own heap was exhausted. */
  readonly heapExhaustedSign: RegExp | null;
  /** Prints the output for the input; beyond that, the programs of a language are up to its users. */
  readonly selfTest: { readonly source: string; readonly input: string; readonly output: string };
}
