import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Another runner lives on this data folder: both would empty each other's scratch space. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

/** Start of a process in clock ticks since boot: with it a pid names one process only. Null when it does not run. */
function startOf(pid: number): string | null {
  try {
    // The name stands in parentheses and may hold anything; the start is the 22nd field, the 20th after the name.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/**
 * Claims the folder for this process until it ends; the claim of a dead process is taken over. Throws DataFolderInUse.
 * Two that start at the same instant may both get it: then the port tells them apart.
 */
export function claimFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'runner.pid');
  const [pid = '', start = ''] = read(file).trim().split(' ');
  if (pid !== '' && Number(pid) !== process.pid && startOf(Number(pid)) === start) {
    throw new DataFolderInUse(
      `DATA_FOLDER_IN_USE: the runner with pid ${pid} uses ${folder}. Stop it, or set SAIBAN_DATA to another folder.`,
    );
  }
  rmSync(file, { force: true });
  writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
