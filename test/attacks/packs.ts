import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { NATIVE_FOLDER } from '../../apps/runner/src/sandbox/compile-helper.js';
import { packOf } from '../../apps/runner/src/sandbox/pack.js';
import type { Sandbox, Slot } from '../../apps/runner/src/sandbox/sandbox.js';
import { bash } from '../../apps/runner/src/toolchain/languages/bash.js';
import { c } from '../../apps/runner/src/toolchain/languages/c.js';
import { python3 } from '../../apps/runner/src/toolchain/languages/python3.js';
import type { Language } from '../../apps/runner/src/toolchain/language.js';
import { MIB } from './attack.js';

/** We run from `dist` and, in Jest, from the sources. */
export const CHECKOUT = path.resolve(NATIVE_FOLDER, '../../..');
const PROGRAMS = path.join(CHECKOUT, 'test/attacks/programs');
const LANGUAGES: Readonly<Record<string, Language>> = { '.c': c, '.sh': bash, '.py': python3 };
const HEADER = 'witness.h';
const BUILD_LIMITS = {
  cpuTimeUs: 30_000_000,
  wallTimeUs: 60_000_000,
  memoryBytes: 512 * MIB,
  stdoutBytes: 64 * 1024,
  stderrBytes: 64 * 1024,
  processes: 64,
  openFiles: 1024,
  fileBytes: 64 * MIB,
  scratchBytes: 256 * MIB,
  stackBytes: null,
};

export interface Program {
  readonly packPath: string;
  readonly argv: readonly string[];
}

/** The programs of the attacks, each built once, in the sandbox, as a submission would be. */
export class Packs {
  private readonly names = readdirSync(PROGRAMS).filter((name) => path.extname(name) in LANGUAGES);

  /** `folder` lies in the cache folder of the sandbox. Packs that are there are not built again. */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  program(name: string): Program {
    const file = this.names.find((one) => path.parse(one).name === name);
    if (file === undefined) throw new Error(`There is no program ${name}.`);
    return { packPath: this.pathOf(file), argv: languageOf(file).run };
  }

  /** Those with a name of `wanted`. Throws with the compiler's words. */
  async build(sandbox: Sandbox, slots: readonly Slot[], wanted: ReadonlySet<string>): Promise<void> {
    const missing = this.names.filter((name) => wanted.has(path.parse(name).name) && !existsSync(this.pathOf(name)));
    const work = slots.map(async (slot) => {
      for (let name = missing.pop(); name !== undefined; name = missing.pop()) await this.make(name, sandbox, slot);
    });
    await Promise.all(work);
  }

  allNames(): ReadonlySet<string> {
    return new Set(this.names.map((name) => path.parse(name).name));
  }

  private pathOf(file: string): string {
    return path.join(this.folder, `${path.parse(file).name}.pack`);
  }

  private async make(file: string, sandbox: Sandbox, slot: Slot): Promise<void> {
    const { build, sourceFile } = languageOf(file);
    const source = readFileSync(path.join(PROGRAMS, file));
    const files = [{ name: sourceFile, content: source }];
    if (build === null) return writeFileSync(this.pathOf(file), packOf(files), { mode: 0o600 });

    const packPath = path.join(this.folder, `${file}.source`);
    const header = { name: HEADER, content: readFileSync(path.join(PROGRAMS, HEADER)) };
    writeFileSync(packPath, packOf([...files, header]), { mode: 0o600 });
    const run = {
      argv: build,
      packPath,
      files: [],
      stdinPath: null,
      limits: BUILD_LIMITS,
      allowFileLocks: false,
      warm: false,
    };
    const collect = { packPath: this.pathOf(file), required: 'main' };
    const outcome = await sandbox.run(slot, { ...run, collect }, new AbortController().signal);
    if (outcome.collected !== 'collected' || outcome.exitCode !== 0) {
      throw new Error(`${file} does not build: ${outcome.status} ${outcome.stderr.inline.toString()}`);
    }
  }
}

function languageOf(file: string): Language {
  const language = LANGUAGES[path.extname(file)];
  if (!language) throw new Error(`${file} is in no language that attacks are written in.`);
  return language;
}
