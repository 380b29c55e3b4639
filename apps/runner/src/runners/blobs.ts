import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashOfFile } from '../file-hash.js';

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
  /** This process wrote it, or has read it and found the bytes of its digest: a power loss may have torn it before. */
  whole: Promise<boolean> | null;
}

/** Test inputs by digest, on disk, least recently used first to go. Pinned ones stay even over the bound. */
export class Blobs {
  private readonly known = new Map<string, Blob>();
  private readonly uploads: string;
  private totalBytes = 0;
  private evictLater: NodeJS.Timeout | null = null;

  constructor(
    private readonly folder: string,
    private readonly cacheBytes: number,
    private readonly graceMs = GRACE_MS,
  ) {
    this.uploads = path.join(folder, 'uploads');
    rmSync(this.uploads, { recursive: true, force: true });
    mkdirSync(this.uploads, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).filter(isDigest)) {
      this.add(name, { sizeBytes: statSync(this.path(name)).size, pins: 0, keepUntil: 0, whole: null });
    }
  }

  /** Verifies while it writes; appears under its name by one rename. Throws BlobRefused. */
  async put(digest: string, content: Readable): Promise<void> {
    if (await this.holds(digest)) return void content.resume();
    const upload = this.newUpload();
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
    this.add(digest, { sizeBytes, pins: 0, keepUntil: Date.now() + this.graceMs, whole: Promise.resolve(true) });
  }

  /**
   * Keeps all of them until `release`, or tells which are not here and keeps none. Those that are here stay for the grace
   * time either way, so that a client who uploads the others finds them again.
   */
  async pinAll(digests: readonly string[]): Promise<{ missing: string[] } | { release: () => void }> {
    const wanted = [...new Set(digests)];
    const held = await Promise.all(wanted.map((digest) => this.holds(digest)));
    const missing = wanted.filter((_, at) => !held[at]);
    if (missing.length > 0) return { missing };
    // The grace time lies between the look and this; a clock that was set forward may have ended it.
    const blobs = wanted.map((digest) => this.known.get(digest));
    if (blobs.some((blob) => blob === undefined)) return this.pinAll(digests);
    for (const blob of blobs) if (blob) blob.pins++;
    return { release: () => this.unpin(blobs) };
  }

  path(digest: string): string {
    return path.join(this.folder, digest);
  }

  /** Whether it is there and whole; if so it stays for the grace time. */
  private async holds(digest: string): Promise<boolean> {
    const blob = this.known.get(digest);
    if (!blob) return false;
    blob.keepUntil = Date.now() + this.graceMs;
    this.known.delete(digest);
    this.known.set(digest, blob);
    blob.whole ??= hashOfFile(this.path(digest)).then(
      (hash) => hash === digest,
      () => false,
    );
    if ((await blob.whole) && existsSync(this.path(digest))) return true;
    if (this.known.get(digest) === blob) this.drop(digest, blob);
    return false;
  }

  private unpin(blobs: readonly (Blob | undefined)[]): void {
    for (const blob of blobs) if (blob) blob.pins--;
    this.evict();
  }

  private add(digest: string, blob: Blob): void {
    // The same may have been uploaded twice at once.
    if (this.known.has(digest)) return;
    this.known.set(digest, blob);
    this.totalBytes += blob.sizeBytes;
    this.evict();
  }

  private evict(): void {
    const now = Date.now();
    for (const [digest, blob] of this.known) {
      if (this.totalBytes <= this.cacheBytes) return;
      if (blob.pins === 0 && blob.keepUntil <= now) this.drop(digest, blob);
    }
    if (this.totalBytes > this.cacheBytes) this.evictOnceMore();
  }

  /** What is over the bound is pinned or in its grace time now, and need not be later. */
  private evictOnceMore(): void {
    this.evictLater ??= setTimeout(() => {
      this.evictLater = null;
      this.evict();
    }, this.graceMs).unref();
  }

  private drop(digest: string, { sizeBytes }: Blob): void {
    this.known.delete(digest);
    this.totalBytes -= sizeBytes;
    // To remove a gigabyte takes time; the name is free at once.
    const leaving = this.newUpload();
    if (!existsSync(this.path(digest))) return;
    renameSync(this.path(digest), leaving);
    void rm(leaving, { force: true }).catch(() => {});
  }

  private newUpload(): string {
    return path.join(this.uploads, randomBytes(12).toString('hex'));
  }
}
