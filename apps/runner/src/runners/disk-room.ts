import { statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MIB } from '../toolchain/units.js';

/** A few builds, inputs and long outputs at once. Less than what a start asks for, so that a site that started also runs. */
const LEAST_BYTES = 256 * MIB;
const LOOK_EVERY_MS = 1_000;

/** An outage, not a fault of the program: a compiler without room fails as if the source were wrong. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

/** Nothing is built or run while the disk of the caches is nearly full. */
export class DiskRoom {
  private readonly log = new Logger('Disk');
  private lacking = false;

  constructor(
    private readonly folder: string,
    private readonly leastBytes = LEAST_BYTES,
  ) {}

  /** Waits until there is room, however long: it is for whoever runs this machine to make it. */
  async comes(): Promise<void> {
    while (!this.isThere()) await sleep(LOOK_EVERY_MS);
  }

  /** Throws NoRoom. */
  require(): void {
    if (!this.isThere()) throw new NoRoom(this.sentence());
  }

  private isThere(): boolean {
    const lacks = this.freeBytes() < this.leastBytes;
    if (lacks !== this.lacking) this.log.error(lacks ? this.sentence() : 'There is room on the disk again.');
    this.lacking = lacks;
    return !lacks;
  }

  private freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  private sentence(): string {
    const [left, least] = [this.freeBytes(), this.leastBytes].map((bytes) => Math.floor(bytes / MIB));
    return (
      `RUNNER_DISK_FULL: the disk that holds ${this.folder} has ${left} MiB left, and ${least} MiB are needed. ` +
      'Nothing is judged until there is room.'
    );
  }
}
