import { existsSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '../checkout.js';
import { runCommand } from '../processes/run-command.js';
import { Refusal } from '../refusal.js';
import type { Screen } from '../screen/screen.js';
import { requirePackages } from './packages.js';

/** The toolchain belongs to the runner, and apps do not import apps: it is spoken to as a command. */
export const TOOLCHAIN_COMMAND = path.join(CHECKOUT, 'dist/apps/runner/src/toolchain/cli.js');

const SHOWN_LINES = 12;

/** System packages and compilers: installs what is missing. Quick when nothing is. Throws Refusal. */
export async function prepareToolchain(screen: Screen, env: NodeJS.ProcessEnv, stop?: AbortSignal): Promise<void> {
  if (!existsSync(TOOLCHAIN_COMMAND)) throw new Error(`${TOOLCHAIN_COMMAND} is missing: the build is not whole.`);
  await requirePackages(await missingPackages(env, stop), screen, stop);
  await screen.during('Preparing the compilers', async (detail) => {
    const { code, output } = await toolchain(['install', '--json-progress'], env, stop, (line) => {
      const text = progressText(line);
      if (text !== null) detail(text);
    });
    if (code !== 0) throw new Refusal(`The compilers could not be prepared.\n${lastLines(output)}`);
  });
}

async function missingPackages(env: NodeJS.ProcessEnv, stop?: AbortSignal): Promise<string[]> {
  const { code, output } = await toolchain(['requirements', '--json'], env, stop);
  const list = output.split('\n').find((line) => line.startsWith('['));
  if (code !== 0 || list === undefined)
    throw new Error(`The toolchain does not say what it needs.\n${lastLines(output)}`);
  return JSON.parse(list) as string[];
}

const toolchain = (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  stop?: AbortSignal,
  onLine?: (line: string) => void,
) =>
  runCommand(process.execPath, [TOOLCHAIN_COMMAND, ...args], {
    cwd: CHECKOUT,
    env,
    ...(stop ? { stop } : {}),
    ...(onLine ? { onLine } : {}),
  });

/** A line of --json-progress is `{ step, done, total }`; other lines are for logs. */
function progressText(line: string): string | null {
  try {
    const event = JSON.parse(line) as {
      readonly step?: unknown;
      readonly done?: number;
      readonly total?: number;
    } | null;
    return typeof event?.step === 'string' ? `${event.done}/${event.total}: ${event.step}` : null;
  } catch {
    return null;
  }
}

/** What people should read: messages of progress lines, and other lines as they are. */
const lastLines = (output: string) =>
  output
    .trimEnd()
    .split('\n')
    .map((line) => progressText(line) ?? line)
    .slice(-SHOWN_LINES)
    .join('\n');
