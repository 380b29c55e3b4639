import type { LanguageState } from '../demo/site-client.js';

export interface ReadySite {
  readonly url: string;
  readonly admin: string;
  /** Only when it was generated and has not been shown yet. */
  readonly password: string | null;
  readonly dataFolder: string;
  /** Folder of the embedded database; null when DATABASE_URL names another. */
  readonly database: string | null;
  readonly languages: readonly LanguageState[];
  readonly tier: string;
}

/** The one screen that people see when everything runs. */
export function readyScreen(site: ReadySite): string[] {
  const ready = site.languages.filter(({ state }) => state === 'ready').map(({ id }) => id);
  const others = site.languages.filter(({ state }) => state === 'failed' || state === 'installing');
  const rows: [label: string, value: string][] = [
    ['open', site.url],
    ['admin', site.admin],
    ...(site.password === null ? [] : [['password', `${site.password}   (shown only this once)`] as [string, string]]),
    ['languages', ready.join(' ') || 'none yet'],
    ...others.map(({ id, state, reason }) => ['', `${id}: ${state}${reason ? `, ${reason}` : ''}`] as [string, string]),
    ['sandbox', site.tier],
    ['data', site.dataFolder],
    ['database', site.database ?? 'DATABASE_URL'],
    ['demo', 'npm run demo   (submits the example programs)'],
    ['stop', 'Ctrl-C'],
  ];
  return ['', 'Saiban is ready.', '', ...rows.map(([label, value]) => `  ${label.padEnd(9)}  ${value}`), ''];
}
