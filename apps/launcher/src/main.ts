import { ConfigError } from '#libs/config/config.js';
import { Refusal } from './refusal.js';

/** Takes the arguments after its name; returns the exit code. */
type Command = (args: readonly string[]) => Promise<number>;

/** Loaded when asked for: the database's client alone takes a second. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.js')).start,
  test: async () => (await import('./commands/test.js')).test,
  demo: async () => (await import('./commands/demo.js')).demo,
  languages: async () => (await import('./commands/languages.js')).languages,
};

const USAGE = `Usage: saiban <command>

  start        run the whole judge on this machine until Ctrl-C
  demo         submit the example programs to the running judge and compare verdicts
  test [args]  run the tests; arguments go to Jest
  languages    list, install and remove compilers (saiban languages help)
  help         this text

The README lists the settings, such as PORT and SAIBAN_DATA.`;

const WRONG_USAGE = 2;

/** Runs one command. Returns the exit code: 1 for what went wrong, 2 for a command that is none. */
export async function main([name = 'help', ...args]: readonly string[]): Promise<number> {
  if (name === 'help' || name === '--help' || name === '-h') {
    console.log(USAGE);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    console.error(`There is no command "${name}".\n\n${USAGE}`);
    return WRONG_USAGE;
  }
  try {
    const command = await load();
    return await command(args);
  } catch (error) {
    console.error(explained(error));
    return 1;
  }
}

/** One sentence for what people can put right; the whole stack for a fault of ours. */
function explained(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof ConfigError) return `\n${error.message}`;
  if ((error as NodeJS.ErrnoException)?.code === 'ENOSPC') {
    return `\nA disk is full: ${(error as Error).message}. Free some space, then start again.`;
  }
  return error;
}
