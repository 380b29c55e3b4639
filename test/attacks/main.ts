import { parseArgs } from 'node:util';
import { readConfig, SANDBOX_LAYERS } from '#libs/config/config.js';
import { type Layer, SandboxFault } from '../../apps/runner/src/sandbox/sandbox.js';
import { openToolchain, ToolchainError } from '../../apps/runner/src/toolchain/toolchain.js';
import { Arena, type ArenaOptions } from './arena.js';
import type { Attack } from './attack.js';
import { dependingOn, performAll, type Row } from './harness.js';
import { attacks } from './index.js';

const USAGE = `Usage: npm run attacks -- [OPTION]...
  --without LAYER       ${SANDBOX_LAYERS.join(', ')}: those that it keeps from harm must turn red
  --only REGEX          attacks with such a name
  --skip REGEX          all others
  --time-scale N        times the limits and expectations of time, for slow machines
  --tree FOLDER         the tree of compilers, instead of the site's
  --packs FOLDER        what --build-packs has built
  --build-packs FOLDER  only build the programs and the sandbox, into FOLDER`;

interface Options extends ArenaOptions {
  readonly without: readonly Layer[];
  readonly chosen: readonly Attack[];
  readonly buildPacks: string | null;
}

/** Null for wrong usage. */
function options(): Options | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      without: text,
      only: text,
      skip: text,
      'time-scale': text,
      tree: text,
      packs: text,
      'build-packs': text,
    },
  });
  const layer = SANDBOX_LAYERS.find((one) => one === values.without);
  const timeScale = Number(values['time-scale'] ?? 1);
  if ((values.without !== undefined && layer === undefined) || !(timeScale > 0)) return null;
  const wanted = new RegExp(values.only ?? '');
  const chosen = (layer === undefined ? attacks : dependingOn(layer, attacks)).filter(
    ({ name }) => wanted.test(name) && !(values.skip !== undefined && new RegExp(values.skip).test(name)),
  );
  return {
    treeRoot: values.tree ?? openToolchain(readConfig()).root,
    without: layer === undefined ? [] : [layer],
    timeScale,
    builtFrom: values.packs ?? null,
    chosen,
    buildPacks: values['build-packs'] ?? null,
  };
}

async function buildPacks(options: Options, folder: string): Promise<void> {
  const arena = await Arena.open({ ...options, without: [] });
  try {
    await arena.packs.build(arena.sandbox, arena.slots, arena.packs.allNames());
    arena.keepBuilt(folder);
  } finally {
    await arena.close();
  }
}

/** A table with a line for each attack as it is over, and the progress behind the last one on a terminal. */
function printer(count: number, wantedRed: boolean): (row: Row) => void {
  let done = 0;
  const clear = process.stdout.isTTY ? '\r\u001B[K' : '';
  return ({ name, expected, got, witness, ms, wrong }) => {
    const red = wrong.length > 0;
    const mark = red === wantedRed ? 'ok ' : 'BAD';
    console.log(`${clear}${mark} ${name} | ${expected} | ${got} | ${witness} | ${Math.round(ms)} ms`);
    if (red) for (const one of wrong) console.log(`      ${wantedRed ? 'red as wanted: ' : ''}${one.slice(0, 2000)}`);
    else if (wantedRed) console.log('      stayed green');
    done++;
    if (process.stdout.isTTY) process.stdout.write(`${done} of ${count}`);
  };
}

async function main(): Promise<number> {
  const chosen = options();
  if (chosen === null) {
    console.error(USAGE);
    return 2;
  }
  if (chosen.buildPacks !== null) {
    await buildPacks(chosen, chosen.buildPacks);
    return 0;
  }
  const wantedRed = chosen.without.length > 0;
  console.log('   attack | expected | got | witness | time');
  const rows = await performAll({ ...chosen, attacks: chosen.chosen, onRow: printer(chosen.chosen.length, wantedRed) });
  const red = rows.filter((row) => row.wrong.length > 0).length;
  const bad = wantedRed ? rows.length - red : red;
  console.log(
    wantedRed
      ? `\nWithout ${chosen.without.join(', ')}: ${red} of ${rows.length} attacks are red, as all must be.`
      : `\n${rows.length} attacks: ${rows.length - red} ended safely, ${red} did not.`,
  );
  // Nothing tried is nothing shown.
  return bad === 0 && rows.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SandboxFault || error instanceof ToolchainError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
