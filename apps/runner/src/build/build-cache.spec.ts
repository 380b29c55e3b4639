import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BuildCache } from './build-cache.js';

describe('BuildCache', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-builds-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const store = (cache: BuildCache, key: string) => {
    const entry = cache.newEntry();
    writeFileSync(entry.packPath, 'pack');
    cache.store(key, entry, { succeeded: true, output: Buffer.from('warning'), used: null }, 10);
  };

  it('finds after a restart what was stored before', () => {
    store(new BuildCache(folder), 'a');
    expect(new BuildCache(folder).find('a')).toMatchObject({ succeeded: true, output: Buffer.from('warning') });
  });

  it.each(['', '{"succeeded":tr', 'null', '{}'])(
    'starts with an entry that a power loss left as %j, and drops it',
    (torn) => {
      store(new BuildCache(folder), 'torn');
      store(new BuildCache(folder), 'whole');
      writeFileSync(path.join(folder, 'builds/torn/build.json'), torn);
      const cache = new BuildCache(folder);
      expect(cache.find('torn')).toBeNull();
      expect(cache.find('whole')).not.toBeNull();
      expect(readdirSync(path.join(folder, 'builds'))).toEqual(['whole']);
      store(cache, 'torn');
      expect(cache.find('torn')).not.toBeNull();
    },
  );
});
