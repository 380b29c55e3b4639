import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where packages come from: apt's source lines, or none to let mmdebstrap take Debian's own. */
export function sourceLines(suite: string, etc = '/etc'): string[] {
  if (!isDebian(etc)) return [];
  const sources = [...deb822Sources(etc), ...oneLineSources(etc)];
  const main = sources.find(({ suites }) => suites.some((one) => /^[a-z]+$/.test(one)));
  if (!main) return [];
  const security = sources.find(({ suites }) => suites.some((one) => one.includes('-security')));
  const lines = [`deb ${main.uri} ${suite} main`];
  if (security) lines.push(`deb ${security.uri} ${suite}-security main`);
  return lines;
}

interface Source {
  readonly uri: string;
  readonly suites: readonly string[];
}

/** Other distributions have other archives. */
const isDebian = (etc: string) => {
  const file = path.join(etc, 'os-release');
  return existsSync(file) && /^ID="?debian"?$/m.test(readFileSync(file, 'utf8'));
};

/** Debian's own archive and not somebody's repository: it has a component main and a known path. */
const isDebianArchive = (uri: string, components: string) =>
  /\/debian(-security)?\/?$/.test(uri) && components.split(/\s+/).includes('main');

function files(etc: string, extension: string): string[] {
  const folder = path.join(etc, 'apt/sources.list.d');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(extension));
  return names.toSorted().map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

function deb822Sources(etc: string): Source[] {
  return files(etc, '.sources')
    .flatMap((text) => text.split(/\n\s*\n/))
    .flatMap((stanza) => {
      const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';
      const [uri = ''] = field('URIs').split(/\s+/);
      return isDebianArchive(uri, field('Components')) ? [{ uri, suites: field('Suites').split(/\s+/) }] : [];
    });
}

function oneLineSources(etc: string): Source[] {
  const list = path.join(etc, 'apt/sources.list');
  const texts = [...(existsSync(list) ? [readFileSync(list, 'utf8')] : []), ...files(etc, '.list')];
  return texts
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => {
      const [, uri = '', suite = '', components = ''] =
        /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line) ?? [];
      return isDebianArchive(uri, components) ? [{ uri, suites: [suite] }] : [];
    });
}
