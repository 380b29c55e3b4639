import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Refusal } from '../refusal.js';
import { type Account, databaseAccount, mayReach } from './account.js';

export interface Placement {
  /** Ours. Holds `data`, the database user's, and a copy of the binaries where one is needed. */
  readonly folder: string;
  readonly account: Account | null;
  /** Set when the folder had to lie outside SAIBAN_DATA. */
  readonly elsewhere: boolean;
}

export const dataIn = (folder: string) => path.join(folder, 'data');

/**
 * Where the database of a site lies: under SAIBAN_DATA. But root's database runs as another user, and when that one
 * cannot enter SAIBAN_DATA (a checkout in root's home), it lies under `/var/lib/saiban` and the file `where` in
 * SAIBAN_DATA names it: opening a parent folder to other users is not ours to do.
 */
export function placePostgres(siteFolder: string, farFolder = '/var/lib/saiban'): Placement {
  const near = path.join(siteFolder, 'postgres');
  const whereFile = path.join(siteFolder, 'where');
  if (existsSync(dataIn(near))) return nearPlacement(near);
  const noted = existsSync(whereFile) ? readFileSync(whereFile, 'utf8').trim() : '';
  if (noted !== '') return farPlacement(noted);
  if (mayReach(databaseAccount(dataIn(near)), siteFolder)) return nearPlacement(near);

  const hash = createHash('sha256').update(siteFolder).digest('hex').slice(0, 12);
  const far = farPlacement(path.join(farFolder, hash));
  // Last, and whole or not at all: a file that names a folder which was never made would mislead the next start.
  writeFileSync(`${whereFile}.new`, `${far.folder}\n`);
  renameSync(`${whereFile}.new`, whereFile);
  return far;
}

function nearPlacement(folder: string): Placement {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const account = databaseAccount(dataIn(folder));
  const owner = statSync(dataIn(folder), { throwIfNoEntry: false })?.uid;
  if (account === null && owner !== undefined && owner !== process.getuid?.()) {
    throw new Refusal(
      `The database in ${folder} belongs to another user. Start as the user who started first, or as root.`,
    );
  }
  if (!mayReach(account, folder)) {
    throw new Refusal(
      `The database lies in ${folder}, which ${account?.name ?? 'this user'} cannot enter any more. ` +
        'Move the checkout back, or open its parent folders to other users (chmod o+x).',
    );
  }
  return { folder, account, elsewhere: false };
}

function farPlacement(folder: string): Placement {
  if (process.getuid?.() !== 0) {
    throw new Refusal(
      `The database of this site was made by root and lies in ${folder}. Start as root (sudo npm start).`,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return { folder, account: databaseAccount(dataIn(folder)), elsewhere: true };
}
