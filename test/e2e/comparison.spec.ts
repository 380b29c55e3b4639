import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import.meta.jest.setTimeout(120_000);

const BENCH = path.resolve(import.meta.dirname, '../../dist/test/bench/checks.js');

it('compares 100 MB with 100 MB in a heap of 256 MB, and holds up the event loop by less than 50 ms at p99', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--max-old-space-size=256',
    BENCH,
    'exact',
    'tokens',
  ]);
  const checks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { checker: string; accepted: boolean; delayP99Ms: number });
  expect(checks.map(({ checker, accepted }) => [checker, accepted])).toEqual([
    ['exact', false],
    ['tokens', true],
  ]);
  for (const check of checks) expect({ ...check, quick: check.delayP99Ms < 50 }).toEqual({ ...check, quick: true });
});
