import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** Who Postgres runs as when we are root: it refuses to run as root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** The account for a database in `dataFolder`: who owns it already, else the first that exists. Null when we are not root. */
export function databaseAccount(dataFolder: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  for (const name of CANDIDATES) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== null && gid !== null) return { name, uid, gid };
  }
  throw new Error(`Neither of the users ${CANDIDATES.join(' and ')} exists on this machine.`);
}

function idOf(option: '-u' | '-g', name: string): number | null {
  const { status, stdout } = spawnSync('id', [option, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}

/** Whether the account may enter a folder or run a file; ourselves when null. */
export function mayReach(account: Account | null, target: string): boolean {
  const as = account === null ? {} : { uid: account.uid, gid: account.gid };
  return spawnSync('test', ['-x', target], { cwd: '/', ...as }).status === 0;
}
