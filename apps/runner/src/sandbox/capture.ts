import { closeSync, constants, openSync } from 'node:fs';
import net from 'node:net';

/**
 * Reads what a program writes. A FIFO and not Node's own pipe, which is a socket: programs open /dev/stdout, and that fails
 * on sockets. Each run opens the FIFO anew, so nothing of an earlier run is left in it.
 */
export class Capture {
  /** Held until the box is dead: so the end of the stream comes then, and not before init has opened it. */
  private readonly writeFd: number;
  private readonly reader: net.Socket;
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private writerOpen = true;
  private readonly ended: Promise<void>;

  /** Keeps `capBytes`; `onOverflow` is called when there is more, which is thrown away. */
  constructor(fifo: string, capBytes: number, onOverflow: () => void) {
    const readFd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeFd = openSync(fifo, constants.O_WRONLY);
    this.reader = new net.Socket({ fd: readFd, readable: true, writable: false });
    this.ended = new Promise((resolve) => this.reader.once('close', () => resolve()));
    this.reader.on('error', () => this.reader.destroy());
    this.reader.on('data', (chunk: Buffer) => {
      const room = capBytes - this.length;
      if (chunk.length > room) onOverflow();
      if (room > 0) this.chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      this.length += Math.min(chunk.length, Math.max(room, 0));
    });
  }

  /** Everything kept; the program and all it started must be dead, or this waits for them. */
  async bytes(): Promise<Buffer> {
    this.closeWriter();
    await this.ended;
    return Buffer.concat(this.chunks);
  }

  destroy(): void {
    this.closeWriter();
    this.reader.destroy();
  }

  private closeWriter(): void {
    if (!this.writerOpen) return;
    this.writerOpen = false;
    closeSync(this.writeFd);
  }
}
