import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const CACHE_BYTES = 4 * 1024 ** 3;
const MAX_BLOB_BYTES = 1024 ** 3;
/** Time between an upload, or a create that names a blob, and the create that uses it. */
const GRACE_MS = 60_000;
/** The folder lets nobody in; but a program opens its input again as /dev/stdin, as the slot's user. */
const BLOB_MODE = 0o444;

export const isDigest = (text: string) => /^[0-9a-f]{64}$/.test(text);

/** The bytes are not those of the digest, or too many. The client's mistake. */
export class BlobRefused extends Error {
  override readonly name = 'BlobRefused';
}

interface Blob {
  readonly sizeBytes: number;
  pins: number;
  keepUntil: number;
}

/** Test inputs by digest, on disk, least recently used first to go. Pinned ones stay even over the bound. */
export class Blobs {
  private readonly known = new Map<string, Blob>();
  private readonly uploads: string;
  private totalBytes = 0;

  constructor(private readonly folder: string) {
    this.uploads = path.join(folder, 'uploads');
    rmSync(this.uploads, { recursive: true, force: true });
    mkdirSync(this.uploads, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).filter(isDigest)) this.add(name, statSync(path.join(folder, name)).size, 0);
  }

  /** Verifies while it writes; appears under its name by one rename. Throws BlobRefused. */
  async put(digest: string, content: Readable): Promise<void> {
    if (this.touch(digest)) return void content.resume();
    const upload = path.join(this.uploads, randomBytes(12).toString('hex'));
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const verify = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sizeBytes += chunk.length;
        hash.update(chunk);
        done(sizeBytes > MAX_BLOB_BYTES ? new BlobRefused(`A blob may have ${MAX_BLOB_BYTES} bytes.`) : null, chunk);
      },
    });
    try {
      await pipeline(content, verify, createWriteStream(upload, { flags: 'wx', mode: BLOB_MODE }));
      if (hash.digest('hex') !== digest) throw new BlobRefused('The bytes do not have this SHA-256.');
      renameSync(upload, this.path(digest));
    } catch (error) {
      rmSync(upload, { force: true });
      throw error;
    }
    this.add(digest, sizeBytes, Date.now() + GRACE_MS);
  }

  /** Whether it is there; if so it stays for the grace time. */
  touch(digest: string): boolean {
    const blob = this.known.get(digest);
    if (!blob || !existsSync(this.path(digest))) return false;
    blob.keepUntil = Date.now() + GRACE_MS;
    this.known.delete(digest);
    this.known.set(digest, blob);
    return true;
  }

  /** Keeps it while a run that needs it is queued or running. */
  pin(digest: string): () => void {
    const blob = this.known.get(digest);
    if (blob) blob.pins++;
    return () => {
      if (blob) blob.pins--;
    };
  }

  path(digest: string): string {
    return path.join(this.folder, digest);
  }

  private add(digest: string, sizeBytes: number, keepUntil: number): void {
    if (this.known.has(digest)) return;
    this.known.set(digest, { sizeBytes, pins: 0, keepUntil });
    this.totalBytes += sizeBytes;
    this.evict();
  }

  private evict(): void {
    const now = Date.now();
    for (const [digest, blob] of this.known) {
      if (this.totalBytes <= CACHE_BYTES) return;
      if (blob.pins > 0 || blob.keepUntil > now) continue;
      this.known.delete(digest);
      this.totalBytes -= blob.sizeBytes;
      rmSync(this.path(digest), { force: true });
    }
  }
}
