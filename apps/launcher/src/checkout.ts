import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of package.json, found from the source file as well as from its build under dist. */
function nearestPackage(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : nearestPackage(path.dirname(folder));
}

export const CHECKOUT = nearestPackage(import.meta.dirname);
