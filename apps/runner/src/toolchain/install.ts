import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '#libs/config/config.js';
import { debootstrapArguments } from './debootstrap-arguments.js';
import type { Language } from './language.js';
import { NATIVE_FOLDER, recipeFor } from './recipe.js';
import {
  currentLink,
  DESCRIPTION_FILE,
  findTree,
  ToolchainError,
  type TreeDescription,
  treesFolder,
  wantedLanguages,
} from './toolchain.js';

const exec = promisify(execFile);
const NEEDED_BYTES = 4 * 1024 ** 3;
const VERSION_TIMEOUT_MS = 30_000;

export interface InstallProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

/** What mmdebstrap says at the beginning of its steps, in order. */
const STEPS = [
  'downloading',
  'extracting',
  'installing essential',
  'installing remaining',
  'running --customize',
  'cleaning',
];
const TOTAL_STEPS = STEPS.length + 2;

/**
 * Makes the tree of the wanted languages unless it is there: built beside, checked, then switched to. The caller holds the
 * lock. A killed install leaves only a folder that the next one removes. Throws ToolchainError.
 */
export async function installToolchain(
  config: Config,
  onProgress: (progress: InstallProgress) => void,
): Promise<string> {
  const languages = wantedLanguages(config);
  const recipe = recipeFor(languages);
  const finished = findTree(config, recipe);
  if (finished !== null) return switchTo(config, finished.description.identity);
  mkdirSync(treesFolder(config), { recursive: true });
  removeLeftovers(config);
  checkSpace(config);
  const building = path.join(treesFolder(config), `building-${process.pid}`);
  try {
    await makeTree(building, languages, onProgress);
    onProgress({ step: 'asking every language for its version', done: TOTAL_STEPS - 1, total: TOTAL_STEPS });
    const description = await describe(building, recipe, languages);
    writeFileSync(path.join(building, DESCRIPTION_FILE), `${JSON.stringify(description, null, 1)}\n`);
    const tree = path.join(treesFolder(config), description.identity);
    // The same packages by another recipe name: a tree that runners use stays as it is.
    if (existsSync(tree)) rmSync(building, { recursive: true, force: true });
    else renameSync(building, tree);
    return switchTo(config, description.identity);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    throw error;
  }
}

/** A rename, so that there is a whole tree at every moment. */
function switchTo(config: Config, identity: string): string {
  const fresh = `${currentLink(config)}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(path.join('trees', identity), fresh);
  renameSync(fresh, currentLink(config));
  return identity;
}

function removeLeftovers(config: Config): void {
  for (const name of readdirSync(treesFolder(config))) {
    if (name.startsWith('building-')) rmSync(path.join(treesFolder(config), name), { recursive: true, force: true });
  }
}

function checkSpace(config: Config): void {
  const { bavail, bsize } = statfsSync(config.toolchainFolder);
  if (bavail * bsize >= NEEDED_BYTES) return;
  throw new ToolchainError(
    'DISK_FULL',
    `${config.toolchainFolder} needs ${(NEEDED_BYTES >> 20) >> 10} GiB free. Make room or set SAIBAN_TOOLCHAIN.`,
  );
}

/** mmdebstrap's tar, unpacked as ourselves: so the tree can be read and removed by whoever made it, root or not. */
async function makeTree(target: string, languages: readonly Language[], onProgress: (p: InstallProgress) => void) {
  mkdirSync(target, { recursive: true });
  const pipeline =
    'set -o pipefail; tree=$1; shift; mmdebstrap "$@" | tar -x -C "$tree" --no-same-owner --exclude="./dev/*"';
  const child = spawn('bash', ['-c', pipeline, 'bash', target, ...debootstrapArguments(languages, NATIVE_FOLDER)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      LC_ALL: 'C',
      TMPDIR: path.dirname(target),
    },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000);
    const step = STEPS.findLastIndex((one) => chunk.includes(`I: ${one}`));
    if (step >= 0) onProgress({ step: STEPS[step] ?? '', done: step, total: TOTAL_STEPS });
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw troubleOf(said);
}

function troubleOf(said: string): ToolchainError {
  if (/No space left on device/.test(said))
    return new ToolchainError('DISK_FULL', 'the disk is full. Make room and start again.');
  if (/resolve|Could not connect|Failed to fetch|Unable to connect|timed out/i.test(said)) {
    return new ToolchainError('NO_NETWORK', 'Debian’s packages cannot be reached. Check the network and start again.');
  }
  const last = said.trim().split('\n').slice(-8).join('\n');
  return new ToolchainError('INSTALL_FAILED', `mmdebstrap failed. Its last words:\n${last}`);
}

async function describe(tree: string, recipe: string, languages: readonly Language[]): Promise<TreeDescription> {
  const listed = await inTree(tree, ['dpkg-query', '-W', '-f', '${Package} ${Version} ${Architecture}\n']);
  const packages = listed.trim().split('\n');
  const identity = createHash('sha256').update(recipe).update(packages.join('\n')).digest('hex').slice(0, 16);
  const versions: Record<string, string> = {};
  for (const language of languages) versions[language.id] = await versionOf(tree, language);
  return { identity, recipe, packages, versions };
}

async function versionOf(tree: string, language: Language): Promise<string> {
  const version = /\d+(\.\d+)+/.exec(await inTree(tree, language.versionCommand))?.[0];
  if (!version) throw new ToolchainError('LANGUAGE_BROKEN', `${language.id} does not tell its version.`);
  return version;
}

/** Both streams of a command in the finished tree. */
async function inTree(tree: string, command: readonly string[]): Promise<string> {
  const box = [
    '--unshare-all',
    '--ro-bind',
    tree,
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--clearenv',
  ];
  const path_ = ['--setenv', 'PATH', '/usr/bin:/bin', '--'];
  const { stdout, stderr } = await exec('bwrap', [...box, ...path_, ...command], { timeout: VERSION_TIMEOUT_MS });
  return stdout + stderr;
}
