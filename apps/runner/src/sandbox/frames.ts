import type { RunStatus } from '#libs/paiza/outcome.js';
import type { CollectStatus, SandboxLimits } from './sandbox.js';

/** The frames of apps/runner/native/frames.h, which says what each holds. */
const CONFIG = 1;
const RUN = 2;
const CANCEL = 3;
const READY = 17;
const RESULT = 18;
const CANCELLED = 19;
const FAULT = 20;

const MAX_FRAME_BYTES = 1024 * 1024;
const NO_LIMIT = 0xffff_ffff_ffff_ffffn;

/** Bits of `without`. */
const LAYER_BITS = { seccomp: 1, cgroup: 2, netns: 4, pidns: 8, readonly: 16, userns: 32 } as const;

const WRITABLE = 1;
const ALLOW_LOCKS = 2;
const WARM = 4;

/** `enum cause` of keeper.h, from 1. */
const RUN_STATUSES: readonly RunStatus[] = [
  'exited',
  'signalled',
  'cpuTimeExceeded',
  'wallTimeExceeded',
  'memoryExceeded',
  'stdoutExceeded',
];
/** `enum collected` of pack.h. */
const COLLECT_STATUSES: readonly CollectStatus[] = [
  'none',
  'collected',
  'tooLarge',
  'tooManyFiles',
  'tooDeep',
  'requiredMissing',
];

export interface HelperConfig {
  readonly treeRoot: string;
  readonly cacheFolder: string;
  readonly core: number;
  /** First of the slot's two host users; null when we are not root. */
  readonly uid: number | null;
  readonly without: readonly (keyof typeof LAYER_BITS)[];
  /** See `open_groups` in cgroup.h. */
  readonly groups: readonly string[];
}

/** Paths are relative to the cache folder. */
export interface ProgramFrame {
  readonly argv: readonly string[];
  readonly limits: SandboxLimits;
  readonly pack: string;
  readonly stdin: string | null;
  readonly stdoutFile: string;
  readonly stderrFile: string;
  readonly collect: { readonly pack: string; readonly required: string | null } | null;
  readonly files: readonly { readonly name: string; readonly path: string }[];
  readonly allowFileLocks: boolean;
  readonly warm: boolean;
}

export interface StreamFrame {
  readonly length: number;
  /** The bytes are in the file that was named for it. */
  readonly inFile: boolean;
  readonly bytes: Buffer;
}

export interface ResultFrame {
  readonly status: RunStatus;
  readonly code: number;
  readonly cpuTimeUs: number;
  readonly wallTimeUs: number;
  readonly memoryPeakBytes: number;
  readonly stdout: StreamFrame;
  readonly stderr: StreamFrame;
  readonly collected: CollectStatus;
  readonly collectedBytes: number;
}

export type HelperFrame =
  | { readonly type: 'ready' }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly firstEnded: 0 | 1;
      readonly programs: readonly ResultFrame[];
    }
  | { readonly type: 'cancelled'; readonly id: number }
  | { readonly type: 'fault'; readonly step: string; readonly errno: number };

/** What is no frame of ours. Nothing more can be read from the one who sent it. */
export class BrokenFrame extends Error {
  override readonly name = 'BrokenFrame';
}

export function encodeConfig(config: HelperConfig): Buffer {
  const frame = new FrameWriter(CONFIG);
  frame.text(config.treeRoot);
  frame.text(config.cacheFolder);
  frame.u32(config.core);
  frame.u32(config.uid ?? 0);
  frame.u8(config.without.reduce((bits, layer) => bits | LAYER_BITS[layer], 0));
  frame.u8(config.groups.length);
  for (const folder of config.groups) frame.text(folder);
  return frame.end();
}

export function encodeRun(id: number, programs: readonly ProgramFrame[]): Buffer {
  const frame = new FrameWriter(RUN);
  frame.u32(id);
  frame.u8(programs.length);
  for (const program of programs) writeProgram(frame, program);
  return frame.end();
}

export function encodeCancel(id: number): Buffer {
  const frame = new FrameWriter(CANCEL);
  frame.u32(id);
  return frame.end();
}

function writeProgram(frame: FrameWriter, program: ProgramFrame): void {
  const { limits, collect, files } = program;
  for (const limit of [limits.cpuTimeUs, limits.wallTimeUs, limits.memoryBytes]) frame.u64(limit);
  for (const limit of [limits.stdoutBytes, limits.stderrBytes, limits.fileBytes, limits.scratchBytes]) frame.u64(limit);
  frame.u64(limits.stackBytes ?? NO_LIMIT);
  frame.u32(limits.processes);
  frame.u32(limits.openFiles);
  frame.u8((collect ? WRITABLE : 0) | (program.allowFileLocks ? ALLOW_LOCKS : 0) | (program.warm ? WARM : 0));
  for (const path of [program.pack, program.stdin ?? '', program.stdoutFile, program.stderrFile]) frame.text(path);
  for (const text of [collect?.pack ?? '', collect?.required ?? '']) frame.text(text);
  frame.u8(files.length);
  for (const { name, path } of files) {
    frame.text(name);
    frame.text(path);
  }
  frame.u32(program.argv.length);
  for (const argument of program.argv) frame.text(argument);
}

/** A frame that grows: one buffer and no other for a run's many fields. */
class FrameWriter {
  private bytes: Buffer = Buffer.allocUnsafe(1024);
  private length = 4;

  constructor(type: number) {
    this.u8(type);
  }

  u8(value: number): void {
    this.length = this.room(1).writeUInt8(value, this.length);
  }

  u32(value: number): void {
    this.length = this.room(4).writeUInt32LE(value, this.length);
  }

  u64(value: number | bigint): void {
    this.length = this.room(8).writeBigUInt64LE(BigInt(value), this.length);
  }

  text(value: string): void {
    // It would end the string where the helper reads it.
    if (value.includes('\0')) throw new RangeError('A text for the sandbox holds a NUL byte.');
    this.u32(Buffer.byteLength(value));
    this.length += this.room(value.length * 3).write(value, this.length);
  }

  end(): Buffer {
    if (this.length - 4 > MAX_FRAME_BYTES) throw new RangeError('A frame for the sandbox is too long.');
    this.bytes.writeUInt32LE(this.length - 4, 0);
    return this.bytes.subarray(0, this.length);
  }

  private room(bytes: number): Buffer {
    if (this.bytes.length - this.length < bytes) {
      const larger = Buffer.allocUnsafe(2 * (this.length + bytes));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    return this.bytes;
  }
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);

  /** The frames that are whole now. Throws BrokenFrame. */
  read(chunk: Buffer): HelperFrame[] {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const frames: HelperFrame[] = [];
    while (this.pending.length >= 4) {
      const length = this.pending.readUInt32LE(0);
      if (length < 1 || length > MAX_FRAME_BYTES) throw new BrokenFrame(`a frame of ${length} bytes`);
      if (this.pending.length < 4 + length) break;
      frames.push(decode(this.pending.subarray(4, 4 + length)));
      this.pending = this.pending.subarray(4 + length);
    }
    return frames;
  }
}

function decode(bytes: Buffer): HelperFrame {
  const fields = new Fields(bytes);
  const decoded = decodeFields(fields);
  fields.end();
  return decoded;
}

function decodeFields(fields: Fields): HelperFrame {
  const type = fields.u8();
  if (type === READY) return { type: 'ready' };
  if (type === CANCELLED) return { type: 'cancelled', id: fields.u32() };
  if (type === FAULT) return { type: 'fault', step: fields.bytes().toString('latin1'), errno: fields.u32() };
  if (type !== RESULT) throw new BrokenFrame(`type ${type}`);
  const id = fields.u32();
  const count = fields.u8();
  if (count < 1 || count > 2) throw new BrokenFrame(`${count} programs`);
  const firstEnded = fields.u8() === 0 ? 0 : 1;
  return { type: 'result', id, firstEnded, programs: Array.from({ length: count }, () => decodeResult(fields)) };
}

function decodeResult(fields: Fields): ResultFrame {
  const status = RUN_STATUSES[fields.u8() - 1];
  if (status === undefined) throw new BrokenFrame('an unknown cause');
  const code = fields.u32();
  const [cpuTimeUs, wallTimeUs, memoryPeakBytes] = [fields.u64(), fields.u64(), fields.u64()];
  const [stdout, stderr] = [decodeStream(fields), decodeStream(fields)];
  const collected = COLLECT_STATUSES[fields.u8()];
  if (collected === undefined) throw new BrokenFrame('an unknown end of a collection');
  const collectedBytes = fields.u64();
  return { status, code, cpuTimeUs, wallTimeUs, memoryPeakBytes, stdout, stderr, collected, collectedBytes };
}

function decodeStream(fields: Fields): StreamFrame {
  const [length, inFile, bytes] = [fields.u64(), fields.u8() === 1, fields.bytes()];
  if (bytes.length !== (inFile ? 0 : length)) throw new BrokenFrame('an output of another length');
  // A copy: the frame's own buffer may be much larger.
  return { length, inFile, bytes: Buffer.from(bytes) };
}

/** Takes fields from a frame's beginning; throws BrokenFrame where there are none left. */
class Fields {
  private offset = 0;

  constructor(private readonly frame: Buffer) {}

  u8(): number {
    return this.take(1).readUInt8();
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  u64(): number {
    const value = Number(this.take(8).readBigUInt64LE());
    if (!Number.isSafeInteger(value)) throw new BrokenFrame('a number without bounds');
    return value;
  }

  bytes(): Buffer {
    return this.take(this.u32());
  }

  end(): void {
    if (this.offset !== this.frame.length) throw new BrokenFrame('bytes behind the last field');
  }

  private take(length: number): Buffer {
    if (length > this.frame.length - this.offset) throw new BrokenFrame('a frame that ends too early');
    this.offset += length;
    return this.frame.subarray(this.offset - length, this.offset);
  }
}
