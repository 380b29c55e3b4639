import { BlobStore, sha256 } from '#libs/database/blob-store.js';
import type { Prisma } from '#libs/database/generated/client.js';

/** Bytes that are known by their digest before they are read, so that they need not all be in memory at once. */
export interface Content {
  readonly digest: string;
  readonly sizeBytes: number;
  read(): Promise<Uint8Array>;
}

export interface NewTestCase {
  readonly name: string;
  readonly sample: boolean;
  readonly input: Content;
  readonly answer: Content;
}

export function contentOf(text: string): Content {
  const bytes = Buffer.from(text, 'utf8');
  return { digest: sha256(bytes), sizeBytes: bytes.length, read: () => Promise.resolve(bytes) };
}

/** Stores what is not there yet, one at a time, as part of the caller's transaction. */
export async function storeContents(
  tx: Prisma.TransactionClient,
  blobs: BlobStore,
  testCases: readonly NewTestCase[],
): Promise<void> {
  const contents = new Map(testCases.flatMap(({ input, answer }) => [input, answer]).map((c) => [c.digest, c]));
  const present = await tx.blob.findMany({ where: { digest: { in: [...contents.keys()] } }, select: { digest: true } });
  for (const { digest } of present) contents.delete(digest);
  // In one order: two imports that wait for each other's rows crosswise would be a deadlock.
  for (const digest of [...contents.keys()].toSorted()) {
    const stored = await blobs.put(tx, (await contents.get(digest)?.read()) ?? new Uint8Array());
    if (stored !== digest) throw new Error(`Content ${digest} changed to ${stored} while it was stored.`);
  }
}
