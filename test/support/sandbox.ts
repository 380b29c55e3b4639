import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '#libs/config/config.js';
import { NativeSandbox } from '../../apps/runner/src/sandbox/native-sandbox.js';
import { packOf, type PackedFile } from '../../apps/runner/src/sandbox/pack.js';
import type { Layer, SandboxLimits, SandboxOutcome, SandboxRun, Slot } from '../../apps/runner/src/sandbox/sandbox.js';
import { openToolchain } from '../../apps/runner/src/toolchain/toolchain.js';

const MIB = 1024 * 1024;
export const LIMITS: SandboxLimits = {
  cpuTimeUs: 2_000_000,
  wallTimeUs: 5_000_000,
  memoryBytes: 64 * MIB,
  stdoutBytes: 16 * MIB,
  stderrBytes: 64 * 1024,
  processes: 32,
  openFiles: 64,
  fileBytes: 64 * MIB,
  scratchBytes: 256 * MIB,
  stackBytes: null,
};

export type Asked = Partial<Omit<SandboxRun, 'limits'>> & {
  readonly limits?: Partial<SandboxLimits>;
  readonly input?: string;
};

/** The native sandbox by itself, with a cache folder of its own. */
export class TestSandbox {
  private files = 0;

  private constructor(
    readonly sandbox: NativeSandbox,
    readonly cacheFolder: string,
    readonly slots: readonly Slot[],
  ) {}

  static async open(slots: readonly Slot[], without: readonly Layer[] = []): Promise<TestSandbox> {
    const cacheFolder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'saiban-sandbox-'));
    const treeRoot = openToolchain(readConfig()).root;
    try {
      return new TestSandbox(await NativeSandbox.open({ treeRoot, cacheFolder, slots, without }), cacheFolder, slots);
    } catch (error) {
      rmSync(cacheFolder, { recursive: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    rmSync(this.cacheFolder, { recursive: true });
  }

  pack(files: readonly PackedFile[]): string {
    const file = this.newPath('pack');
    writeFileSync(file, packOf(files));
    return file;
  }

  file(content: string | Buffer): string {
    const file = this.newPath('txt');
    writeFileSync(file, content, { mode: 0o444 });
    return file;
  }

  newPath(ending: string): string {
    return path.join(this.cacheFolder, `${++this.files}.${ending}`);
  }

  /** A run of a bash script, unless it says otherwise. */
  asked(script: string, { limits, input, ...asked }: Asked = {}): SandboxRun {
    return {
      argv: ['bash', 'main.sh'],
      packPath: asked.packPath ?? this.pack([{ name: 'main.sh', content: Buffer.from(script) }]),
      collect: null,
      files: [],
      stdinPath: input === undefined ? null : this.file(input),
      allowFileLocks: false,
      warm: false,
      ...asked,
      limits: { ...LIMITS, ...limits },
    };
  }

  run(script: string, asked: Asked = {}, signal = new AbortController().signal): Promise<SandboxOutcome> {
    return this.sandbox.run(this.slot, this.asked(script, asked), signal);
  }

  python(source: string, asked: Asked = {}): Promise<SandboxOutcome> {
    const packPath = this.pack([{ name: 'main.py', content: Buffer.from(source) }]);
    return this.run('', { argv: ['python3', 'main.py'], packPath, ...asked });
  }

  get slot(): Slot {
    return this.slots[0] as Slot;
  }
}

export const out = (outcome: SandboxOutcome) => outcome.stdout.inline.toString();
