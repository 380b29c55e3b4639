import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig, SANDBOX_LAYERS } from '#libs/config/config.js';
import { openToolchain } from '../../apps/runner/src/toolchain/toolchain.js';
import { Arena } from './arena.js';
import { dependingOn, performAll, performOne, programsOf } from './harness.js';
import { attacks } from './index.js';

jest.setTimeout(240_000);

const { root: treeRoot } = openToolchain(readConfig());
/** What the first arena has built, for the others. */
const built = mkdtempSync(path.join(os.tmpdir(), 'saiban-attacks-built-'));
afterAll(() => rmSync(built, { recursive: true }));

const described = attacks.map((attack) => ({ name: attack.name, attack }));

describe('An attack ends safely, with right figures, and leaves nothing:', () => {
  let arena: Arena;

  beforeAll(async () => {
    arena = await Arena.open({ treeRoot });
    await arena.prepare(programsOf(attacks));
    arena.keepBuilt(built);
  });
  afterAll(() => arena.close());

  it.each(described)('$name', async ({ attack }) => {
    const { wrong } = await performOne(arena, attack);
    expect(wrong).toEqual([]);
  });
});

describe('The attacks would be seen:', () => {
  it.each(SANDBOX_LAYERS.map((layer) => ({ layer })))(
    'without $layer all those turn red that it keeps from harm',
    async ({ layer }) => {
      const depending = dependingOn(layer, attacks);
      const rows = await performAll({ treeRoot, without: [layer], builtFrom: built, attacks: depending });
      expect(depending.length).toBeGreaterThan(0);
      expect(rows.filter(({ wrong }) => wrong.length === 0).map(({ name }) => name)).toEqual([]);
    },
  );

  it('every attack has a name of its own', () => {
    const names = attacks.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
