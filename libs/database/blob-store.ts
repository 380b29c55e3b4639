import { Buffer, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Prisma } from './generated/client.js';
import { PrismaService } from './prisma.service.js';

/** Chunks stream, and a row stays small. */
const CHUNK_BYTES = 1024 * 1024;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const REPLACEMENT = Buffer.from('\u{FFFD}');
/** Whether JSON carries it so that no other bytes look the same. */
const isText = (bytes: Uint8Array) =>
  isUtf8(bytes) && !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(REPLACEMENT);

/** The digest is not in the database although a row points to it: a fault of ours. */
export class BlobMissing extends Error {
  constructor(digest: string) {
    super(`Blob ${digest} is missing or incomplete.`);
  }
}

/** Bytes by their SHA-256, kept in Postgres, so that one backup holds everything. */
@Injectable()
export class BlobStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Stores the bytes unless they are there; returns their digest. Part of the caller's transaction. */
  async put(tx: Prisma.TransactionClient, content: Uint8Array): Promise<string> {
    const digest = sha256(content);
    const { count } = await tx.blob.createMany({
      data: [{ digest, sizeBytes: content.length, isText: isText(content) }],
      skipDuplicates: true,
    });
    if (count === 0) return digest;
    for (let ordinal = 0; ordinal * CHUNK_BYTES < content.length; ordinal++) {
      const chunk = content.subarray(ordinal * CHUNK_BYTES, (ordinal + 1) * CHUNK_BYTES);
      await tx.blobChunk.create({ data: { digest, ordinal, content: new Uint8Array(chunk) } });
    }
    return digest;
  }

  /** Chunk after chunk. The reader checks the digest where it matters. Throws BlobMissing. */
  async *stream(digest: string): AsyncGenerator<Uint8Array> {
    const blob = await this.prisma.client.blob.findUnique({ where: { digest } });
    if (blob === null) throw new BlobMissing(digest);
    let sent = 0;
    for (let ordinal = 0; sent < Number(blob.sizeBytes); ordinal++) {
      const chunk = await this.prisma.client.blobChunk.findUnique({ where: { digest_ordinal: { digest, ordinal } } });
      if (chunk === null) throw new BlobMissing(digest);
      sent += chunk.content.length;
      yield chunk.content;
    }
  }

  /** All of it, for blobs known to be small enough. Throws BlobMissing. */
  async get(digest: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.stream(digest)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}
