import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ALL_WELL, LOG_FILE } from './attacks/v2/log.js';
import { sourceHash } from './attacks/v2/source-hash.js';

const ROOT = path.resolve(import.meta.dirname, '..');

describe('The log of the attacks on cgroup v2', () => {
  const log = readFileSync(path.join(ROOT, LOG_FILE), 'utf8');

  it('is about these very sources: else type npm run attacks:v2 and commit the log with them', () => {
    expect(/SHA-256 of the sources: `([0-9a-f]{64})`/.exec(log)?.[1]).toBe(sourceHash(ROOT));
  });

  it('says that all was well', () => {
    expect(/^- Result: (.*)$/m.exec(log)?.[1]).toBe(ALL_WELL);
  });
});
