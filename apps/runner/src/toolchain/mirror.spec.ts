import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { aptOptionsOfHost, parseDeb822, parseOneLine, sourceLines } from './mirror.js';

const SIGNED = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
let etc: string;
beforeEach(() => {
  etc = mkdtempSync(path.join(os.tmpdir(), 'saiban-etc-'));
  mkdirSync(path.join(etc, 'apt/sources.list.d'), { recursive: true });
  writeFileSync(path.join(etc, 'os-release'), 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n');
});
afterEach(() => rmSync(etc, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(path.join(etc, 'apt', name), text);

describe('The lines for apt', () => {
  it('name the mirror that a Debian host has in deb822 style', () => {
    write(
      'sources.list.d/debian.sources',
      'Types: deb deb-src\n# a note\nURIs: https://mirror.example.org/debian\nSuites: bookworm bookworm-updates\n' +
        'Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n' +
        'Types: deb\nURIs: https://mirror.example.org/debian-security/\nSuites: bookworm-security\nComponents: main\n',
    );
    expect(sourceLines('trixie', etc)).toEqual([
      `deb ${SIGNED} https://mirror.example.org/debian trixie main`,
      `deb ${SIGNED} https://mirror.example.org/debian trixie-updates main`,
      `deb ${SIGNED} https://mirror.example.org/debian-security/ trixie-security main`,
    ]);
  });

  it('name the mirror that a Debian host has in one-line style', () => {
    write(
      'sources.list',
      '# deb http://old.example.org/debian bookworm main\n' +
        'deb-src http://source.example.org/debian bookworm main\n' +
        'deb [arch=amd64] http://ftp.jp.example.org/debian/ bookworm main contrib # near\n' +
        'deb http://ftp.jp.example.org/debian-security bookworm-security main\n',
    );
    expect(sourceLines('trixie', etc)[0]).toBe(`deb ${SIGNED} http://ftp.jp.example.org/debian/ trixie main`);
    expect(sourceLines('trixie', etc)[2]).toBe(
      `deb ${SIGNED} http://ftp.jp.example.org/debian-security trixie-security main`,
    );
  });

  it('pass by repositories for Debian that are not Debian', () => {
    write(
      'sources.list.d/a.list',
      'deb [signed-by=/etc/apt/keyrings/x.gpg] https://pkgs.example.org/debian bookworm main',
    );
    write('sources.list.d/b.list', 'deb https://download.example.org/linux/debian bookworm stable');
    write(
      'sources.list.d/c.sources',
      'Types: deb\nURIs: https://deb.example.org/node_20.x\nSuites: nodistro\nComponents: main',
    );
    expect(sourceLines('trixie', etc)).toEqual([]);
  });

  it('leave the default mirror to mmdebstrap when the host is another distribution, or has only a list of mirrors or a disc', () => {
    write('sources.list', 'deb mirror+file:///etc/apt/mirrors.list bookworm main\ndeb cdrom:[Debian]/ bookworm main\n');
    expect(sourceLines('trixie', etc)).toEqual([]);
    write('sources.list', 'deb http://archive.example.com/debian noble main\n');
    writeFileSync(path.join(etc, 'os-release'), 'ID=ubuntu\nID_LIKE=debian\n');
    expect(sourceLines('trixie', etc)).toEqual([]);
  });
});

it('reads stanzas with continued fields, and none that is switched off', () => {
  const text =
    'Enabled: no\nTypes: deb\nURIs: http://off.example.org/debian\nSuites: x\nComponents: main\n\n' +
    'types: deb\nuris: http://on.example.org/debian\nsuites: bookworm\n bookworm-updates\ncomponents: main\n';
  expect(parseDeb822(text)).toEqual([
    {
      uri: 'http://on.example.org/debian',
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main'],
      signedBy: '',
    },
  ]);
});

it('reads the key of a line among its options', () => {
  const [source] = parseOneLine('deb [ arch=amd64 signed-by=/k.gpg ] http://a.example.org/debian bookworm main');
  expect(source).toMatchObject({ signedBy: '/k.gpg', components: ['main'] });
});

it("takes the host's proxies along and nothing that weakens apt's checks", () => {
  const configuration = [
    'Acquire::Check-Valid-Until "false";',
    'Acquire::AllowInsecureRepositories "1";',
    'Acquire::http "";',
    'Acquire::http::Proxy "http://proxy.example.org:3128";',
    'Acquire::https::Verify-Peer "false";',
    'Acquire::http::Proxy::mirror.example.org "DIRECT";',
  ].join('\n');
  expect(aptOptionsOfHost(configuration)).toEqual([
    '--aptopt=Acquire::http::Proxy "http://proxy.example.org:3128"',
    '--aptopt=Acquire::http::Proxy::mirror.example.org "DIRECT"',
  ]);
});
