import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

interface Source {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string;
}

/**
 * apt's lines for a suite of Debian: from the host's own mirror when the host is Debian. None when it names no archive or no
 * security archive: mmdebstrap then takes Debian's default for both.
 */
export function sourceLines(suite: string, etc = '/etc'): string[] {
  const sources = isDebian(etc) ? hostSources(etc).filter(isDebianArchive) : [];
  const mirrorOf = (wanted: (suite: string) => boolean) => sources.find(({ suites }) => suites.some(wanted))?.uri;
  const archive = mirrorOf((one) => /^\w+$/.test(one));
  const security = mirrorOf(isSecurity);
  if (archive === undefined || security === undefined) return [];
  return [line(archive, suite), line(archive, `${suite}-updates`), line(security, `${suite}-security`)];
}

const line = (uri: string, suite: string) => `deb [signed-by=${KEYRING}] ${uri} ${suite} main`;

/** `bookworm-security`, and `buster/updates` in old files. */
const isSecurity = (suite: string) => suite.endsWith('-security') || suite.endsWith('/updates');

/** Other distributions have other archives. */
function isDebian(etc: string): boolean {
  const file = path.join(etc, 'os-release');
  return existsSync(file) && /^ID="?debian"?$/m.test(readFileSync(file, 'utf8'));
}

/**
 * Debian's own archive and not somebody's repository for Debian, such as `https://pkgs.example.org/debian bookworm main`:
 * that has a key of its own. Whatever this lets through, apt takes nothing that Debian's keys did not sign.
 */
const isDebianArchive = ({ uri, components, signedBy }: Source) =>
  /^https?:\/\/.*\/debian(-security)?(\/|$)/.test(uri) &&
  components.includes('main') &&
  (signedBy === '' || signedBy.includes('debian-archive'));

function hostSources(etc: string): Source[] {
  const folder = path.join(etc, 'apt/sources.list.d');
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  const files = [path.join(etc, 'apt/sources.list'), ...names.map((name) => path.join(folder, name))];
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      if (file.endsWith('.sources')) return parseDeb822(text);
      return file.endsWith('.list') ? parseOneLine(text) : [];
    });
}

/** sources.list(5), "DEB822-STYLE FORMAT". */
export function parseDeb822(text: string): Source[] {
  const uncommented = text.replaceAll(/^#.*\n?/gm, '');
  return uncommented.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1]?.trim() ?? '';
    const words = (name: string) => field(name).split(/\s+/);
    if (!words('Types').includes('deb') || /^(no|false|without|off|disable)$/i.test(field('Enabled'))) return [];
    return words('URIs').map((uri) => ({
      uri,
      suites: words('Suites'),
      components: words('Components'),
      signedBy: field('Signed-By'),
    }));
  });
}

/** sources.list(5), "ONE-LINE-STYLE FORMAT": `deb [ option=value … ] uri suite component …` */
export function parseOneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1] ?? '';
    return [{ uri, suites: [suite], components: components.trim().split(/\s+/), signedBy }];
  });
}

/** mmdebstrap does not read the host's apt configuration; without its proxy there may be no way out. */
export function aptOptionsOfHost(configuration: string): string[] {
  return configuration
    .split('\n')
    .filter((line) => /^Acquire::https?::(.+::)?(Proxy|Proxy-Auto-Detect|CAInfo)(::\S+)? ".+";$/i.test(line))
    .map((line) => `--aptopt=${line.slice(0, -1)}`);
}
