import { parseArgs } from 'node:util';
import { type Config, ConfigError, readConfig } from '#libs/config/config.js';
import { installToolchain, type InstallProgress, removeTrees } from './install.js';
import { missingSystemPackages } from './requirements.js';
import { openToolchain, ToolchainError } from './toolchain.js';

const USAGE = `Usage: saiban languages COMMAND
  install [--json-progress]   make the tree of compilers, unless it is there
  list                        languages and versions of the current tree
  remove [--all]              remove trees that are no longer current, or all
  requirements                Debian packages that are missing here, as a JSON array`;

interface Flags {
  readonly all?: boolean;
  readonly 'json-progress'?: boolean;
  readonly json?: boolean;
}

async function install(config: Config, flags: Flags): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Interrupted()));
  const json = flags['json-progress'] === true;
  const show = json ? jsonProgress : process.stdout.isTTY ? lineProgress : plainProgress;
  const { identity, fresh } = await installToolchain(config, show, stop.signal).finally(() => {
    if (show === lineProgress) process.stdout.write(CLEAR_LINE);
  });
  if (json) return;
  console.log(`The compilers are ${fresh ? 'ready' : 'there'}: ${config.toolchainFolder}/trees/${identity}`);
}

const CLEAR_LINE = '\r\u001B[K';
const sentence = ({ step, done, total }: InstallProgress) => `Preparing the compilers ${done}/${total}: ${step}`;
const jsonProgress = (progress: InstallProgress) => console.log(JSON.stringify(progress));
const plainProgress = (progress: InstallProgress) => console.log(sentence(progress));
const lineProgress = (progress: InstallProgress) => {
  // A terminal that does not know its width says 0.
  const width = process.stdout.columns || 80;
  process.stdout.write(CLEAR_LINE + sentence(progress).slice(0, width - 1));
};

function list(config: Config): void {
  for (const { language, version } of openToolchain(config).languages.values()) {
    console.log(`${language.id}\t${version}`);
  }
}

async function remove(config: Config, flags: Flags): Promise<void> {
  const removed = await removeTrees(config, flags.all === true ? 'all' : 'unused');
  console.log(removed.length === 0 ? 'Nothing to remove.' : `Removed ${removed.join(', ')}.`);
}

const commands: Readonly<Record<string, (config: Config, flags: Flags) => void | Promise<void>>> = {
  install,
  list,
  remove,
  requirements: () => console.log(JSON.stringify(missingSystemPackages())),
};

class Interrupted extends Error {}

/** Exit codes: 0 done, 1 failed with a sentence, 2 wrong usage, 130 interrupted. */
async function main(): Promise<number> {
  const { positionals, values } = parsed();
  const command = Object.hasOwn(commands, positionals[0] ?? '') ? commands[positionals[0] ?? ''] : undefined;
  if (!command || positionals.length > 1) {
    console.error(USAGE);
    return 2;
  }
  try {
    await command(readConfig(), values);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return 130;
    if (!(error instanceof ToolchainError || error instanceof ConfigError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function parsed(): { positionals: string[]; values: Flags } {
  const options = {
    all: { type: 'boolean' },
    'json-progress': { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch {
    return { positionals: [], values: {} };
  }
}

process.exitCode = await main();
