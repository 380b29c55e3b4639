import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NativeSandbox } from '../../apps/runner/src/sandbox/native-sandbox.js';
import {
  type Captured,
  type Layer,
  SandboxFault,
  type SandboxLimits,
  type SandboxOutcome,
  type SandboxRun,
  type Slot,
} from '../../apps/runner/src/sandbox/sandbox.js';
import { type End, LIMITS } from './attack.js';
import { Canaries } from './canaries.js';
import {
  allProcesses,
  descendants,
  filesBelow,
  isForeignZombie,
  type SeenProcess,
  UserSpaces,
  userOf,
} from './outside.js';
import { CHECKOUT, Packs } from './packs.js';

/** An attack may live so long by itself, before the time scale. */
const LIFE_SECONDS = 15;
/** A run that is not over so long after its wall-clock limit is a failure of the sandbox. */
const OVERDUE_MS = 20_000;
const INPUT = 'the input of the run\n';

export interface ArenaOptions {
  /** The toolchain's root. */
  readonly treeRoot: string;
  readonly without?: readonly Layer[];
  /** Slow machines: limits and expectations of time times this. */
  readonly timeScale?: number;
  /** What `keepBuilt` of another arena has kept: its packs and the compiled helper. */
  readonly builtFrom?: string | null;
}

/** One end of a run, with all that it wrote. */
export interface Seen {
  readonly end: End;
  readonly outcome: SandboxOutcome | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Of a fault. */
  readonly fault: string;
}

/** The sandbox under attack, with what must stay unharmed around it. */
export class Arena {
  readonly slots: readonly [Slot, Slot] = [
    { index: 0, core: 0 },
    { index: 1, core: Math.min(1, os.availableParallelism() - 1) },
  ];
  readonly canaries = new Canaries();
  readonly cacheFolder = mkdtempSync(path.join(os.tmpdir(), 'saiban-attacks-'));
  readonly timeScale: number;
  readonly packs: Packs;
  readonly packsFolder = path.join(this.cacheFolder, 'packs');
  readonly inputFile = path.join(this.cacheFolder, 'blobs', 'input');
  private readonly helperFolder = path.join(this.cacheFolder, 'native/');
  readonly extraFile = path.join(this.cacheFolder, 'blobs', 'extra');
  private opened: NativeSandbox | null = null;
  private readonly userSpaces = new UserSpaces();
  private usualFiles: ReadonlySet<string> = new Set();

  private constructor(private readonly options: ArenaOptions) {
    this.timeScale = options.timeScale ?? 1;
    mkdirSync(path.dirname(this.inputFile), { mode: 0o755 });
    this.writeInput();
    if (options.builtFrom) cpSync(options.builtFrom, this.cacheFolder, { recursive: true });
    this.packs = new Packs(this.packsFolder);
  }

  /** Throws SandboxFault where there is no sandbox to be had. */
  static async open(options: ArenaOptions): Promise<Arena> {
    const arena = new Arena(options);
    try {
      const { treeRoot, without = [] } = options;
      arena.opened = await NativeSandbox.open({
        treeRoot,
        without,
        cacheFolder: arena.cacheFolder,
        slots: arena.slots,
      });
      await arena.canaries.open();
      return arena;
    } catch (error) {
      await arena.close();
      throw error;
    }
  }

  get sandbox(): NativeSandbox {
    if (!this.opened) throw new Error('The arena is closed.');
    return this.opened;
  }

  get treeRoot(): string {
    return this.options.treeRoot;
  }

  /** Builds the programs, and starts the canary process as the user that programs are on this host. */
  async prepare(programs: ReadonlySet<string>): Promise<void> {
    await this.packs.build(this.sandbox, this.slots, new Set([...programs, 'next', 'neighbour', 'sleep']));
    await this.canaries.startProcess(process.getuid?.() === 0 ? await this.programUser() : null);
    this.usualFiles = new Set(filesBelow(this.cacheFolder));
  }

  /** For arenas to come. */
  keepBuilt(folder: string): void {
    for (const name of ['packs', 'native'])
      cpSync(path.join(this.cacheFolder, name), path.join(folder, name), { recursive: true });
  }

  scaled(us: number): number {
    return Math.round(us * this.timeScale);
  }

  limits(over: Partial<SandboxLimits> = {}): SandboxLimits {
    const limits = { ...LIMITS, ...over };
    return { ...limits, cpuTimeUs: this.scaled(limits.cpuTimeUs), wallTimeUs: this.scaled(limits.wallTimeUs) };
  }

  /** A run of one of the programs; `words` follow the seconds that it may live. */
  runOf(program: string, words: readonly string[] = [], limits: Partial<SandboxLimits> = {}): SandboxRun {
    const { packPath, argv } = this.packs.program(program);
    return {
      argv: [...argv, String(Math.ceil(LIFE_SECONDS * this.timeScale)), ...words.map((word) => this.fillIn(word))],
      packPath,
      collect: null,
      files: [],
      stdinPath: null,
      limits: this.limits(limits),
      allowFileLocks: false,
      warm: false,
    };
  }

  async see(slot: Slot, run: SandboxRun, signal = this.overdue(run)): Promise<Seen> {
    try {
      return this.seen(await this.sandbox.run(slot, run, signal));
    } catch (error) {
      if (!(error instanceof SandboxFault)) throw error;
      return { end: 'fault', outcome: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), fault: error.message };
    }
  }

  seen(outcome: SandboxOutcome): Seen {
    return {
      end: endOf(outcome),
      outcome,
      stdout: takeOut(outcome.stdout),
      stderr: takeOut(outcome.stderr),
      fault: '',
    };
  }

  overdue(...runs: readonly SandboxRun[]): AbortSignal {
    const longest = Math.max(...runs.map((run) => run.limits.wallTimeUs)) / 1000;
    return AbortSignal.timeout(longest + OVERDUE_MS * this.timeScale);
  }

  /** What a program may never print: where things lie on the host, and what is in the file outside. */
  tellsOfHost(text: Buffer): string[] {
    const { treeRoot } = this.options;
    const told = [
      this.cacheFolder,
      treeRoot,
      // The folder of a site's trees shows who it is; a folder of somebody's choice may be any.
      ...(path.basename(path.dirname(treeRoot)) === 'trees' ? [path.dirname(treeRoot)] : []),
      CHECKOUT,
      this.canaries.folder,
      this.canaries.secret,
    ];
    return told.filter((one) => text.includes(one)).map((one) => `it tells ${one}`);
  }

  /** Everything outside that an attack has harmed or left, these processes among it; mended and removed for the next one. */
  async harm(leftProcesses: readonly SeenProcess[]): Promise<string[]> {
    const harm = await this.canaries.harm();
    for (const file of [this.inputFile, this.extraFile]) {
      if (readFileSync(file, 'utf8') !== INPUT) harm.push(`${path.basename(file)} is changed`);
    }
    this.writeInput();
    for (const left of leftProcesses) {
      harm.push(`process ${left.pid} ${left.name} is left`);
      endProcess(left.pid);
    }
    for (const left of filesBelow(this.cacheFolder).filter((name) => !this.usualFiles.has(name))) {
      harm.push(`file ${left} is left`);
      rmSync(path.join(this.cacheFolder, left), { recursive: true, force: true });
    }
    return harm;
  }

  /** Processes in a slot that are none of the helper's. */
  leftProcesses(): SeenProcess[] {
    const all = allProcesses();
    const ours = descendants(process.pid, all);
    // A helper that died has been replaced by one with namespaces of its own.
    this.userSpaces.note(ours);
    return all.filter((one) => this.userSpaces.has(one) && !this.isHelper(one) && !isForeignZombie(one, ours));
  }

  private isHelper(one: SeenProcess): boolean {
    // The helper hides from everybody but root; its name shows.
    return one.program === '' ? one.name.startsWith('sandbox-') : one.program.startsWith(this.helperFolder);
  }

  async close(): Promise<void> {
    try {
      await this.opened?.close();
    } finally {
      this.opened = null;
      this.userSpaces.close();
      await this.canaries.close();
      rmSync(this.cacheFolder, { recursive: true, force: true });
    }
  }

  /** Who programs of the first slot are on this host, as a sleeping one shows. */
  private async programUser(): Promise<{ uid: number; gid: number }> {
    const stop = new AbortController();
    const over = this.sandbox.run(this.slots[0], this.runOf('sleep'), stop.signal).catch(() => null);
    try {
      return userOf((await this.waitForProgram(this.slots[0])).pid);
    } finally {
      stop.abort();
      await over;
    }
  }

  /** The first process of the run that is going on in a slot. */
  async waitForProgram(slot: Slot): Promise<SeenProcess> {
    const keeper = await this.sandbox.helperPid(slot);
    const end = Date.now() + OVERDUE_MS * this.timeScale;
    while (keeper !== undefined && Date.now() < end) {
      // Without a program it is a helper that is just dying.
      const found = descendants(keeper).find((one) => !this.isHelper(one) && one.program !== '' && one.state !== 'Z');
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error('The program is not to be seen.');
  }

  /** Writable for anybody: nothing but the sandbox protects them. */
  private writeInput(): void {
    for (const file of [this.inputFile, this.extraFile]) {
      writeFileSync(file, INPUT);
      chmodSync(file, 0o666);
    }
  }

  private fillIn(word: string): string {
    const { file, folder, socketPath, abstractName } = this.canaries;
    return word
      .replace('{file}', file)
      .replace('{folder}', folder)
      .replace('{socket}', socketPath)
      .replace('{abstract}', `@${abstractName}`)
      .replace('{pid}', () => String(this.canaries.pid))
      .replace('{port}', () => String(this.canaries.port));
  }
}

function endOf({ status, exitCode, signal }: SandboxOutcome): End {
  if (status === 'exited') return `exited ${exitCode ?? -1}`;
  return status === 'signalled' ? `signalled ${signal ?? -1}` : status;
}

/** All that was captured; a file is removed, as whoever asked for a run has to. */
function takeOut({ inline, path: file }: Captured): Buffer {
  if (file === null) return inline;
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

/** By its number, and only one that was seen in a slot of ours. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
