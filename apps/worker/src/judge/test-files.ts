import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BlobStore } from '#libs/database/blob-store.js';
import { untilDatabaseAnswers } from '#libs/database/outage.js';
import type { Input } from '#libs/paiza/engine.js';

const CACHE_BYTES = 128 * 1024 * 1024;

/** Inputs and answers of test cases. Answers are kept in memory, bounded; inputs only pass through to the runner. */
@Injectable()
export class TestFiles {
  private readonly answers = new LRUCache<string, Buffer>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (answer) => Math.max(1, answer.length),
    fetchMethod: (digest) => this.read(digest),
  });

  constructor(private readonly blobs: BlobStore) {}

  input(digest: string): Input {
    return { digest, content: () => this.blobs.stream(digest) };
  }

  /** Throws when the bytes are not what their digest says: a fault of ours. */
  async answer(digest: string): Promise<Buffer> {
    // An answer over the cache's size is not kept, but still returned.
    return (await this.answers.fetch(digest)) ?? this.read(digest);
  }

  private read(digest: string): Promise<Buffer> {
    return untilDatabaseAnswers(async () => {
      const hash = createHash('sha256');
      const chunks: Uint8Array[] = [];
      // Chunk by chunk: to hash a large answer at once would hold up everything else, leases too.
      for await (const chunk of this.blobs.stream(digest)) {
        hash.update(chunk);
        chunks.push(chunk);
      }
      if (hash.digest('hex') !== digest) throw new Error(`Blob ${digest} is damaged.`);
      return Buffer.concat(chunks);
    });
  }
}
