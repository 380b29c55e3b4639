import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Sandbox, SandboxOutcome } from '../sandbox/sandbox.js';
import { c } from '../toolchain/languages/c.js';
import { BuildCache } from './build-cache.js';
import { Builder, BuildStarved, type WithSlot } from './builder.js';
import { coreIdleUs } from './core-idle.js';

const nothing = { length: 0, inline: Buffer.alloc(0), path: null };
const stopped: SandboxOutcome = {
  status: 'wallTimeExceeded',
  exitCode: null,
  signal: null,
  cpuTimeUs: 10_000_000,
  wallTimeUs: 60_000_000,
  memoryPeakBytes: 1,
  stdout: nothing,
  stderr: nothing,
  collected: 'none',
  collectedBytes: 0,
};
const source = Buffer.from('int main(void) { return 0; }');

describe('Builder', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-builder-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const inSlot: WithSlot = (work) => work({ index: 0, core: 0 }, new AbortController().signal);

  /** A compiler that ends as given, on a core that idles so long meanwhile. */
  function builder(outcome: SandboxOutcome, idleUs: number | null) {
    const seen = { compiled: 0 };
    const sandbox = {
      run: async (_slot, { collect }) => {
        seen.compiled++;
        if (outcome.collected === 'collected') writeFileSync(collect?.packPath ?? '', 'artefact');
        return outcome;
      },
    } as Pick<Sandbox, 'run'> as Sandbox;
    let looks = 0;
    const idle = () => (idleUs === null ? null : looks++ * idleUs);
    return { builder: new Builder(sandbox, new BuildCache(folder, 1 << 20), 'tree', idle), seen };
  }

  it('keeps a build that slept to its wall time as failed: the program did that', async () => {
    const { builder: asleep, seen } = builder(stopped, 49_000_000);
    const build = await asleep.build(c, source, 'judging', inSlot);
    expect(build).toMatchObject({ succeeded: false, cached: false });
    expect(build.output.toString()).toMatch(/more than 60 s and was stopped/);
    expect(await asleep.build(c, source, 'judging', inSlot)).toMatchObject({ succeeded: false, cached: true });
    expect(seen.compiled).toBe(1);
  });

  it.each([
    ['did other things', 30_000_000],
    ['is unknown', null],
  ])('does not blame the program for its wall time when its core %s, and builds it anew', async (_what, idleUs) => {
    const { builder: starved, seen } = builder(stopped, idleUs);
    for (const attempt of [1, 2]) {
      await expect(starved.build(c, source, 'judging', inSlot)).rejects.toThrow(BuildStarved);
      expect(seen.compiled).toBe(attempt);
    }
  });

  it('does not let judging wait for the same build of a guest who waits for a slot', async () => {
    const { builder: both } = builder({ ...stopped, status: 'exited', exitCode: 0, collected: 'collected' }, 0);
    let admit = () => {};
    const turn = new Promise<void>((resolve) => (admit = resolve));
    const guest = both.build(c, source, 'guest', async (work) => {
      await turn;
      return inSlot(work);
    });
    expect(await both.build(c, source, 'judging', inSlot)).toMatchObject({ succeeded: true });
    admit();
    expect(await guest).toMatchObject({ succeeded: true });
  });
});

it('The idle time of a core is told by the kernel', () => {
  expect(coreIdleUs(0)).toBeGreaterThan(0);
  expect(coreIdleUs(100_000)).toBeNull();
});
