import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A log never holds more than twice this: the file, and the one before it as `<file>.1`. */
const MAX_BYTES = 5 * 1024 * 1024;

export class RotatingLog {
  private descriptor: number;
  private sizeBytes: number;

  constructor(
    readonly file: string,
    private readonly maxBytes = MAX_BYTES,
  ) {
    mkdirSync(path.dirname(file), { recursive: true });
    this.open();
  }

  /** Loses what the disk cannot take: a full disk must not stop the site for the sake of its log. */
  write(text: string | Uint8Array): void {
    try {
      if (this.sizeBytes >= this.maxBytes) this.rotate();
      this.sizeBytes += writeSync(this.descriptor, Buffer.from(text));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private open(): void {
    this.descriptor = openSync(this.file, 'a', 0o640);
    this.sizeBytes = fstatSync(this.descriptor).size;
  }

  private rotate(): void {
    closeSync(this.descriptor);
    renameSync(this.file, `${this.file}.1`);
    this.open();
  }
}
