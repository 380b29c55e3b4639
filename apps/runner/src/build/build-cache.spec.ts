import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BuildCache } from './build-cache.js';

const PACK = 'the artefact';

describe('BuildCache', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-builds-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (cacheBytes = 1000) => new BuildCache(folder, cacheBytes);
  const store = async (cache: BuildCache, key: string, succeeded = true) => {
    const entry = cache.newEntry();
    if (succeeded) writeFileSync(entry.packPath, PACK);
    await cache.store(key, entry, { succeeded, output: Buffer.from('said'), used: null }, 10);
  };
  const kept = () => readdirSync(path.join(folder, 'builds')).toSorted();

  it('finds after a restart what was stored before, failed builds too', async () => {
    const before = open();
    await store(before, 'good');
    await store(before, 'bad', false);
    expect(await open().find('good')).toMatchObject({ succeeded: true, output: Buffer.from('said') });
    expect(await open().find('bad')).toMatchObject({ succeeded: false, output: Buffer.from('said') });
  });

  it.each(['', '{"succeeded":tr', 'null', '{}', '{"succeeded":true,"outputBase64":"","sizeBytes":10}'])(
    'starts with an entry that a power loss left as %j, and drops it',
    async (torn) => {
      await store(open(), 'torn');
      await store(open(), 'whole');
      writeFileSync(path.join(folder, 'builds/torn/build.json'), torn);
      const cache = open();
      expect(await cache.find('torn')).toBeNull();
      expect(await cache.find('whole')).not.toBeNull();
      expect(kept()).toEqual(['whole']);
      await store(cache, 'torn');
      expect(await cache.find('torn')).not.toBeNull();
    },
  );

  it.each([
    ['cut', (pack: string) => truncateSync(pack, 3)],
    ['of as many other bytes', (pack: string) => writeFileSync(pack, PACK.replace('a', '\0'))],
    ['gone', (pack: string) => rmSync(pack)],
  ])('never serves an artefact that a power loss left %s', async (_how, tear) => {
    await store(open(), 'torn');
    tear(path.join(folder, 'builds/torn/artefact.pack'));
    const cache = open();
    expect(await Promise.all([cache.find('torn'), cache.find('torn')])).toEqual([null, null]);
    expect(kept()).toEqual([]);
  });

  it('leaves nothing of builds that a kill broke off', async () => {
    writeFileSync(open().newEntry().packPath, 'half');
    open();
    expect([kept(), readdirSync(path.join(folder, 'building'))]).toEqual([[], []]);
  });

  it('drops the least recently used over its bound, never what is in use or has just been built', async () => {
    const cache = open(25);
    await store(cache, 'in-use');
    await cache.find('in-use');
    await store(cache, 'older');
    await store(cache, 'newer');
    expect(kept()).toEqual(['in-use', 'newer']);
    cache.unpin('in-use');
    await store(cache, 'newest');
    expect(kept()).toEqual(['newer', 'newest']);
  });

  it('holds a build larger than all of it as long as it is in use', async () => {
    const cache = open(5);
    await store(cache, 'large');
    expect(await cache.find('large')).not.toBeNull();
    cache.unpin('large');
    expect(kept()).toEqual([]);
  });

  it('takes the same build twice', async () => {
    const cache = open();
    await Promise.all([store(cache, 'same'), store(cache, 'same')]);
    expect(await cache.find('same')).not.toBeNull();
    expect(readdirSync(path.join(folder, 'building'))).toEqual([]);
  });
});
