import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Blobs, isDigest } from './blobs.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const LONG_MS = 60_000;

describe('Blobs', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-blobs-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = async (blobs: Blobs, text: string) => {
    await blobs.put(sha256(text), Readable.from([Buffer.from(text)]));
    return sha256(text);
  };
  const kept = () => readdirSync(folder).filter(isDigest).length;
  const pin = async (blobs: Blobs, ...digests: string[]) => {
    const held = await blobs.pinAll(digests);
    if ('missing' in held) throw new Error('missing');
    return held.release;
  };

  it('names all that are missing and keeps those that are here meanwhile', async () => {
    const blobs = new Blobs(folder, 1, LONG_MS);
    const here = await put(blobs, 'here');
    expect(await blobs.pinAll([here, sha256('a'), sha256('b'), sha256('a')])).toEqual({
      missing: [sha256('a'), sha256('b')],
    });
    expect(kept()).toBe(1);
  });

  it('keeps what is pinned over its bound, and drops it when nobody needs it any more', async () => {
    const blobs = new Blobs(folder, 4, 10);
    const first = await put(blobs, 'first');
    const release = await pin(blobs, first);
    await sleep(20);
    await put(blobs, 'second');
    await sleep(40);
    expect(kept()).toBe(1);
    expect(readFileSync(blobs.path(first), 'utf8')).toBe('first');
    release();
    expect(kept()).toBe(0);
  });

  it('comes back under its bound when the grace time is over, without being asked', async () => {
    const blobs = new Blobs(folder, 5, 30);
    for (const text of ['one', 'two', 'three', 'four']) await put(blobs, text);
    expect(kept()).toBe(4);
    await sleep(200);
    expect(kept()).toBeLessThan(3);
  });

  it('has after a restart what it had, but never bytes that a power loss has torn', async () => {
    const before = new Blobs(folder, 1000);
    const [whole, torn] = [await put(before, 'whole'), await put(before, 'torn')];
    rmSync(before.path(torn));
    writeFileSync(before.path(torn), '\0\0\0\0');
    const after = new Blobs(folder, 1000);
    expect(await after.pinAll([whole, torn])).toEqual({ missing: [torn] });
    await put(after, 'torn');
    await pin(after, whole, torn);
    expect(readFileSync(after.path(torn), 'utf8')).toBe('torn');
  });

  it('drops the least recently used first', async () => {
    const blobs = new Blobs(folder, 8, 0);
    const [a, b] = [await put(blobs, 'aaaa'), await put(blobs, 'bbbb')];
    (await pin(blobs, a))();
    await sleep(5);
    await put(blobs, 'cccc');
    expect(await blobs.pinAll([b])).toEqual({ missing: [b] });
    await pin(blobs, a);
  });
});
