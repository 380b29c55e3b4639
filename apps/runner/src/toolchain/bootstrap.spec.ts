import { execFileSync } from 'node:child_process';
import { troubleOf } from './bootstrap.js';
import { checkSpace } from './install.js';
import { plain } from './languages/plain.js';
import { shellQuoted } from './shell.js';

describe('A failed bootstrap', () => {
  it.each([
    ['NO_NETWORK', "E: Failed to fetch http://x/InRelease  Temporary failure resolving 'x'"],
    ['NO_NETWORK', 'Could not connect to 127.0.0.1:9 (127.0.0.1). - connect (111: Connection refused)'],
    ['DISK_FULL', 'tar: ./usr/bin/gcc: Cannot write: No space left on device'],
    ['DISK_FULL', "Could not resolve 'x'\ndpkg: cannot copy: No space left on device"],
    ['KEYRING_OLD', "The following signatures couldn't be verified: NO_PUBKEY 6ED0E7B82643E131"],
    ['MIRROR_WITHOUT_SUITE', "E: The repository 'http://x/debian trixie Release' does not have a Release file."],
    ['NAMESPACES_REFUSED', 'E: newuidmap 123 0 1001 1 failed'],
    ['INSTALL_FAILED', 'E: something nobody thought of'],
  ])('is told as %s', (code, said) => {
    const trouble = troubleOf(`I: running apt-get update...\n${said}\nE: mmdebstrap failed to run`);
    expect(trouble.code).toBe(code);
    expect(trouble.message).toContain(said);
  });
});

it('refuses beforehand a disk without room, and says how much is needed', () => {
  const huge = { ...plain, needs: { ...plain.needs, diskBytes: 2 ** 60 } };
  expect(() => checkSpace(['/'], [huge])).toThrow(/^DISK_FULL: \/ needs \d+\.\d GiB free and has \d+\.\d\./);
  expect(() => checkSpace(['/'], [])).not.toThrow();
});

it.each(["it's", '$HOME `id` "x" \\', 'two\nlines', ''])('quotes %j for a shell so that it stays one word', (word) => {
  expect(execFileSync('sh', ['-c', `printf %s ${shellQuoted(word)}`], { encoding: 'utf8' })).toBe(word);
});
