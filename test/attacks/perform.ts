import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packOf } from '../../apps/runner/src/sandbox/pack.js';
import type { SandboxOutcome } from '../../apps/runner/src/sandbox/sandbox.js';
import { assertNever } from '#libs/judging/assert-never.js';
import type { Arena, Seen } from './arena.js';
import type { Attack, BuildAttack, End, Figures, Range, RunAttack, Sight } from './attack.js';

const WITNESS_CHARACTERS = 100;

export function perform(arena: Arena, attack: Attack): Promise<Sight> {
  switch (attack.kind) {
    case 'run':
      return performRun(arena, attack);
    case 'build':
      return performBuild(arena, attack);
    case 'scenario':
      return attack.perform(arena);
    default:
      return assertNever(attack);
  }
}

async function performRun(arena: Arena, attack: RunAttack): Promise<Sight> {
  const run = arena.runOf(attack.program, attack.arguments, attack.limits);
  const withInput = attack.withInput ?? false;
  let sight: Sight = { got: '', witness: '', wrong: ['it was not run'] };
  for (let time = 0; time < (attack.times ?? 1); time++) {
    const seen = await arena.see(arena.slots[0], {
      ...run,
      stdinPath: withInput ? arena.inputFile : null,
      files: withInput ? [{ name: 'shared', path: arena.extraFile }] : [],
      allowFileLocks: attack.allowFileLocks ?? false,
    });
    sight = sightOf(seen, [
      ...wrongEnd(seen, attack.end),
      ...wrongWords(seen.stdout, attack),
      ...(attack.exactly && !attack.exactly.equals(seen.stdout) ? ['the output is not what was written'] : []),
      ...wrongFigures(arena, seen, attack.figures),
      ...arena.tellsOfHost(Buffer.concat([seen.stdout, seen.stderr])),
    ]);
    if (sight.wrong.length > 0) return sight;
  }
  return sight;
}

async function performBuild(arena: Arena, attack: BuildAttack): Promise<Sight> {
  const source = path.join(arena.cacheFolder, 'source.pack');
  const made = path.join(arena.cacheFolder, 'made.pack');
  writeFileSync(source, attack.rawPack ?? packOf(attack.files), { mode: 0o600 });
  try {
    const seen = await arena.see(arena.slots[0], {
      argv: attack.argv,
      packPath: source,
      collect: { packPath: made, required: attack.required === undefined ? 'main' : attack.required },
      files: [],
      stdinPath: null,
      limits: arena.limits({ openFiles: 256, ...attack.limits }),
      allowFileLocks: false,
      warm: false,
    });
    const said = Buffer.concat([seen.stdout, seen.stderr, Buffer.from(seen.fault)]);
    const collected = seen.outcome?.collected ?? 'none';
    const names = collected === 'collected' ? namesIn(readFileSync(made)) : [];
    return sightOf({ ...seen, stdout: said }, [
      ...wrongEnd(seen, attack.end),
      ...wrongWords(said, attack),
      ...([attack.collected].flat().includes(collected) ? [] : [`collected: ${collected}`]),
      ...(attack.packed && !sameNames(attack.packed, names) ? [`the pack holds ${JSON.stringify(names)}`] : []),
      ...wrongFigures(arena, seen, attack.figures),
      ...arena.tellsOfHost(seen.outcome ? said : Buffer.alloc(0)),
    ]);
  } finally {
    for (const file of [source, made]) rmSync(file, { force: true });
  }
}

const sameNames = (some: readonly string[], others: readonly string[]) =>
  JSON.stringify(some.toSorted()) === JSON.stringify(others.toSorted());

/** Of a pack; see pack.ts. */
export function namesIn(pack: Buffer): string[] {
  const names: string[] = [];
  for (let at = 8; at < pack.length;) {
    const nameLength = pack.readUInt16LE(at);
    const size = Number(pack.readBigUInt64LE(at + 4));
    names.push(pack.subarray(at + 12, at + 12 + nameLength).toString('latin1'));
    at += 12 + nameLength + size;
  }
  return names;
}

export function sightOf(seen: Seen, wrong: readonly string[]): Sight {
  const witness = seen.stdout.toString('latin1').slice(0, WITNESS_CHARACTERS * 4);
  return { got: `${seen.end}${seen.fault === '' ? '' : ` (${seen.fault})`}`, witness: printable(witness), wrong };
}

/** One line, without anything that a terminal would obey. */
export function printable(text: string): string {
  const line = text
    .trim()
    .replaceAll('\n', '; ')
    .replaceAll(/[^ -~]/g, '?');
  return line.length > WITNESS_CHARACTERS ? `${line.slice(0, WITNESS_CHARACTERS - 1)}…` : line;
}

function wrongEnd(seen: Seen, expected: End | readonly End[]): string[] {
  const ends = [expected].flat();
  return ends.includes(seen.end) ? [] : [`it ended ${seen.end}, not ${ends.join(' or ')}`];
}

function wrongWords(said: Buffer, { witness, never }: { witness: readonly RegExp[]; never?: RegExp }): string[] {
  const text = said.toString('latin1');
  return [
    ...witness.filter((one) => !one.test(text)).map((one) => `${one} is not in ${JSON.stringify(text.slice(0, 1500))}`),
    ...(never?.test(text) ? [`${never} is in ${JSON.stringify(text.slice(0, 1500))}`] : []),
  ];
}

const FIGURES = {
  cpuTimeUs: (outcome) => outcome.cpuTimeUs,
  wallTimeUs: (outcome) => outcome.wallTimeUs,
  memoryPeakBytes: (outcome) => outcome.memoryPeakBytes,
  stdoutBytes: (outcome) => outcome.stdout.length,
  stderrBytes: (outcome) => outcome.stderr.length,
} satisfies Record<keyof Figures, (outcome: SandboxOutcome) => number>;

export function wrongFigures(arena: Arena, { outcome }: Seen, expected: Figures = {}): string[] {
  if (!outcome) return Object.keys(expected).length > 0 ? ['there are no figures'] : [];
  return (Object.keys(expected) as (keyof Figures)[]).flatMap((name) => {
    const [from, to] = expected[name] as Range;
    const most = name.endsWith('TimeUs') ? arena.scaled(to) : to;
    const value = FIGURES[name](outcome);
    return value >= from && value <= most ? [] : [`${name} is ${value}, not ${from} to ${most}`];
  });
}
