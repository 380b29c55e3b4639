import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Outputs } from './outputs.js';

describe('Outputs', () => {
  let folder: string;
  let outputs: Outputs;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-outputs-'));
    outputs = new Outputs(path.join(folder, 'kept'), 10);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function offer(id: string, content: string): Promise<void> {
    const file = path.join(folder, 'captured');
    writeFileSync(file, content);
    await outputs.offer(id, 'stdout', { length: content.length, inline: Buffer.alloc(0), path: file });
  }
  async function take(id: string): Promise<string | null> {
    const handle = await outputs.take(id, 'stdout');
    if (handle === null) return null;
    const text = await readFile(handle, 'utf8');
    await handle.close();
    return text;
  }
  const kept = () => readdirSync(path.join(folder, 'kept')).length;

  it('are there once', async () => {
    await offer('a', 'text');
    expect([await take('a'), await take('a'), await take('b')]).toEqual(['text', null, null]);
  });

  it('that nobody fetches make room for newer ones', async () => {
    for (const id of ['a', 'b', 'c']) await offer(id, '12345');
    expect([await take('a'), await take('b'), await take('c')]).toEqual([null, '12345', '12345']);
    await offer('long', 'longer than all');
    expect(await take('long')).toBe('longer than all');
  });

  it('are gone when their client is, and count for nothing then', async () => {
    await offer('a', '1234567890');
    outputs.discard('a');
    await offer('b', '1234567890');
    await sleep(50);
    expect([await take('a'), kept(), await take('b')]).toEqual([null, 1, '1234567890']);
  });

  it('may come again under the same id', async () => {
    await offer('a', 'first');
    await offer('a', 'second');
    await offer('b', '1234');
    expect([await take('a'), await take('b')]).toEqual(['second', '1234']);
  });
});
