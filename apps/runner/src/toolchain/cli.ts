import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, readConfig } from '#libs/config/config.js';
import { installToolchain } from './install.js';
import { openToolchain, ToolchainError } from './toolchain.js';

/**
 * node dist/apps/runner/src/toolchain/cli.js install [--json-progress] | list | requirements --json
 * Exit codes: 0 done, 1 failed with a sentence, 2 wrong usage.
 */
const [command = '', ...flags] = process.argv.slice(2);
const LOCKED = '--locked';

/** Programs the host must have, with the Debian packages that bring them. */
const REQUIREMENTS = {
  mmdebstrap: 'mmdebstrap',
  bwrap: 'bubblewrap',
  ...(process.getuid?.() === 0 ? {} : { newuidmap: 'uidmap' }),
};

function missingPackages(): string[] {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':');
  const present = (program: string) => folders.some((folder) => executable(path.join(folder, program)));
  return Object.entries(REQUIREMENTS)
    .filter(([program]) => !present(program))
    .map(([, name]) => name);
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function install(): Promise<void> {
  const config = readConfig();
  mkdirSync(config.toolchainFolder, { recursive: true });
  if (!flags.includes(LOCKED)) {
    // The kernel gives the lock up with its holder, so a killed install blocks nobody; a second one waits here.
    const lock = path.join(config.toolchainFolder, 'lock');
    const script = process.argv[1] ?? '';
    const again = [lock, process.execPath, script, 'install', LOCKED, ...flags];
    const { status } = spawnSync('flock', again, { stdio: 'inherit' });
    process.exit(status ?? 1);
  }
  const missing = missingPackages();
  if (missing.length > 0) {
    throw new ToolchainError('PACKAGES_MISSING', `type: sudo apt-get install -y ${missing.join(' ')}`);
  }
  const json = flags.includes('--json-progress');
  const identity = await installToolchain(config, (progress) => {
    if (json) console.log(JSON.stringify(progress));
    else console.log(`toolchain ${progress.done}/${progress.total}: ${progress.step}`);
  });
  if (!json) console.log(`Toolchain ${identity} is in ${config.toolchainFolder}.`);
}

function list(): void {
  for (const { language, version } of openToolchain(readConfig()).languages.values()) {
    console.log(`${language.id}\t${version}`);
  }
}

const commands: Record<string, () => void | Promise<void>> = {
  install,
  list,
  requirements: () => console.log(JSON.stringify(missingPackages())),
};

const chosen = commands[command];
if (!chosen) {
  console.error('Usage: saiban languages install|list|requirements');
  process.exit(2);
}
try {
  await chosen();
} catch (error) {
  if (!(error instanceof ToolchainError || error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
