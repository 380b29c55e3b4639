import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { ApiError, badRequest } from '../../common/errors.js';
import type { Content } from '../content.js';

const MIB = 1024 * 1024;
/** One file is held in memory while it is stored. */
export const FILE_LIMIT_BYTES = 64 * MIB;
export const UNPACKED_LIMIT_BYTES = 1024 * MIB;
const MOST_ENTRIES = 5000;

const ENCRYPTED_FLAG = 0x1;
/** Unix file types, in the upper half of an entry's external attributes. */
const TYPE_MASK = 0o170_000;
const REGULAR = 0o100_000;
const FOLDER = 0o040_000;

export const zipInvalid = (why: string) =>
  badRequest('PROBLEM_ZIP_INVALID', `${why} Pack the problem again as a plain zip.`);
const zipUnsafe = (path: string, why: string) =>
  badRequest('PROBLEM_ZIP_UNSAFE_PATH', `${JSON.stringify(path)}: ${why}. Pack only plain files with relative paths.`);
export const zipTooLarge = (what: string) =>
  new ApiError(413, 'PROBLEM_ZIP_TOO_LARGE', `${what} Make the test data smaller or split the problem.`);

/**
 * A zip from a stranger. The whole directory is checked before anything is unpacked; nothing is ever unpacked to disk; what
 * an entry says of its size is believed for refusing it, never for accepting it (yauzl stops at the said size).
 */
export class ZipArchive {
  private constructor(
    private readonly zip: yauzl.ZipFile,
    private readonly entries: ReadonlyMap<string, yauzl.Entry>,
  ) {}

  /** Throws PROBLEM_ZIP_INVALID, _UNSAFE_PATH, _ENCRYPTED or _TOO_LARGE. */
  static async open(file: string): Promise<ZipArchive> {
    const zip = await refusing(yauzl.openPromise(file, { autoClose: false, decodeStrings: false }));
    try {
      return new ZipArchive(zip, await refusing(readDirectory(zip)));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  /** Paths of all files, as the archive has them. */
  get paths(): string[] {
    return [...this.entries.keys()];
  }

  sizeBytes(path: string): number {
    return this.entry(path).uncompressedSize;
  }

  /** Digests the file as it streams by; its bytes are read again when they are stored. */
  async content(path: string): Promise<Content> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of this.stream(path)) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
    return { digest: hash.digest('hex'), sizeBytes, read: () => this.read(path) };
  }

  async read(path: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.stream(path)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  close(): void {
    this.zip.close();
  }

  private async *stream(path: string): AsyncGenerator<Buffer> {
    const entry = this.entry(path);
    let checksum = 0;
    try {
      for await (const chunk of (await this.zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    } catch (error) {
      throw zipInvalid(`${path} cannot be unpacked: ${messageOf(error)}.`);
    }
    if (checksum !== entry.crc32) throw zipInvalid(`${path} is damaged: its checksum is wrong.`);
  }

  private entry(path: string): yauzl.Entry {
    const entry = this.entries.get(path);
    if (entry === undefined) throw new Error(`${path} is not in the archive.`);
    return entry;
  }
}

async function readDirectory(zip: yauzl.ZipFile): Promise<Map<string, yauzl.Entry>> {
  if (zip.entryCount > MOST_ENTRIES) throw zipTooLarge(`The zip has more than ${MOST_ENTRIES} entries.`);
  const entries = new Map<string, yauzl.Entry>();
  let unpackedBytes = 0;
  for await (const entry of zip.eachEntry()) {
    const path = safePath(entry);
    if (path === null) continue;
    if (entries.has(path)) throw zipInvalid(`${path} is in the zip twice.`);
    unpackedBytes += entry.uncompressedSize;
    if (entry.uncompressedSize > FILE_LIMIT_BYTES) throw zipTooLarge(`${path} is larger than 64 MiB unpacked.`);
    if (unpackedBytes > UNPACKED_LIMIT_BYTES) throw zipTooLarge('The zip is larger than 1 GiB unpacked.');
    entries.set(path, entry);
  }
  return entries;
}

/** Null for folders and for what desktop systems leave behind. */
function safePath(entry: yauzl.Entry): string | null {
  const raw = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  if (yauzl.validateFileName(raw) !== null || /\p{Cc}/u.test(raw)) throw zipUnsafe(raw, 'this path leads out');
  if ((entry.generalPurposeBitFlag & ENCRYPTED_FLAG) !== 0) {
    throw badRequest('PROBLEM_ZIP_ENCRYPTED', `${raw} is encrypted. Pack the problem without a password.`);
  }
  // Whatever system the entry says it was made on: a reader elsewhere may believe these bits.
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  if (type !== 0 && type !== REGULAR && type !== FOLDER) throw zipUnsafe(raw, 'this is a link or a device');
  if (raw.endsWith('/') || type === FOLDER) return null;
  return /(^|\/)(__MACOSX\/|\.DS_Store$|\._[^/]*$|Thumbs\.db$)/.test(raw) ? null : raw;
}

/** What yauzl throws is the archive's fault; ours are ApiErrors already. */
async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw zipInvalid(`This is not a readable zip: ${messageOf(error).replace(/\.$/, '')}.`);
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
