// Dependencies and build, each done only when what it was made from has changed: content hashes decide, because
// times of files say nothing after a clone, a branch switch or a restored cache.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** What people can put right; the message says how. */
export class Refusal extends Error {}

/** Another start in the same checkout may be installing and building: a slow machine needs minutes. */
const LOCK_WAIT_SECONDS = 900;
const INSTALL_NEEDS_BYTES = 700 * 1024 * 1024;
const STILL_BUSY_EVERY_MS = 15_000;
const ASK_REGISTRY_EVERY_MS = 10_000;
const REGISTRY_ANSWERS_WITHIN_MS = 20_000;
/** A registry that did not answer this often in a row is not there. */
const MISSED_ANSWERS = 2;
/** Lines of a failed command that are shown. */
const SHOWN_LINES = 40;

const DEPENDENCIES_STAMP = 'node_modules/.saiban-lock-hash';
const UNFINISHED = 'unfinished';
const BUILD_STAMP = 'dist/.saiban-source-hash';
/** What the build reads. Folders are read whole, but for what is generated and for specs, which are not built. */
const SOURCES = [
  'apps',
  'libs',
  'prisma',
  'test/support',
  'test/attacks',
  'package.json',
  'package-lock.json',
  'prisma.config.ts',
  '.swcrc',
];
const NOT_SOURCES = /(^|\/)(node_modules|generated|dist|README\.md)$|\.spec\.tsx?$/;

/** Installs and builds what is not up to date. Throws Refusal. */
export async function prepare(checkout) {
  if (dependenciesCurrent(checkout) && buildCurrent(checkout)) return;
  const lock = takeLock(checkout);
  try {
    if (!dependenciesCurrent(checkout)) await installDependencies(checkout, lock);
    if (!buildCurrent(checkout)) await build(checkout, lock);
  } finally {
    closeSync(lock);
  }
}

/**
 * One preparation at a time in a checkout. The kernel holds the lock as long as the returned descriptor of the folder is
 * open anywhere: here or in an npm that outlives a killed start.
 */
function takeLock(checkout) {
  const folder = openSync(checkout, 'r');
  const flock = (...options) =>
    spawnSync('flock', [...options, '3'], { stdio: ['ignore', 'ignore', 'ignore', folder] });
  const first = flock('--nonblock');
  if (first.error) throw new Refusal(`The command flock (package util-linux) does not start: ${first.error.message}`);
  if (first.status === 0) return folder;
  console.log('Another Saiban is preparing this checkout; waiting for it …');
  if (flock('--timeout', String(LOCK_WAIT_SECONDS)).status !== 0) {
    throw new Refusal(
      `Another process has been preparing ${checkout} for ${LOCK_WAIT_SECONDS / 60} minutes. End it first.`,
    );
  }
  return folder;
}

function dependenciesCurrent(checkout) {
  const folder = path.join(checkout, 'node_modules');
  // A link is someone's own arrangement (one install for several work trees): npm would change what it points to.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  return stampOf(checkout, DEPENDENCIES_STAMP) === hashOfFile(path.join(checkout, 'package-lock.json'));
}

async function installDependencies(checkout, lock) {
  const { bavail, bsize } = statfsSync(checkout);
  if (bavail * bsize < INSTALL_NEEDS_BYTES) throw new Refusal(diskFull(checkout));
  // Packages that a killed npm left half unpacked would pass for installed.
  if (stampOf(checkout, DEPENDENCIES_STAMP) === UNFINISHED) {
    rmSync(path.join(checkout, 'node_modules'), { recursive: true, force: true });
  }
  stamp(checkout, DEPENDENCIES_STAMP, UNFINISHED);
  const registry = watchRegistry(checkout, lock);
  const npmArguments = [
    // Not `ci`: it refuses a lock without the builds for other platforms, which not every mirror carries. The lock's
    // versions and integrity hashes hold all the same.
    'install',
    '--no-save',
    // Needed for the build, whatever NODE_ENV or the user's npm settings leave out.
    '--include=dev',
    '--include=optional',
    '--fetch-retry-mintimeout=2000',
    '--fetch-retry-maxtimeout=10000',
  ];
  await step('Installing dependencies', checkout, lock, npmArguments, registry.gone).finally(registry.leave);
  stamp(checkout, DEPENDENCIES_STAMP, hashOfFile(path.join(checkout, 'package-lock.json')));
}

/** Without a network npm goes on, package after package, for a quarter of an hour; `gone` is aborted long before that. */
function watchRegistry(checkout, lock) {
  const gone = new AbortController();
  let missed = 0;
  let timer;
  const ask = async () => {
    const limits = ['--fetch-retries=0', `--fetch-timeout=${REGISTRY_ANSWERS_WITHIN_MS}`];
    const { output } = await npm(checkout, lock, ['ping', ...limits]);
    // Any answer will do, a refusal too: not every mirror knows this question.
    missed = NETWORK_TROUBLE.test(output) ? missed + 1 : 0;
    if (missed >= MISSED_ANSWERS) gone.abort();
    else if (timer !== null) askLater();
  };
  const askLater = () => (timer = setTimeout(() => void ask(), ASK_REGISTRY_EVERY_MS));
  askLater();
  const leave = () => {
    clearTimeout(timer);
    timer = null;
  };
  return { gone: gone.signal, leave };
}

const buildCurrent = (checkout) =>
  existsSync(path.join(checkout, 'libs/database/generated')) &&
  stampOf(checkout, BUILD_STAMP) === hashOfSources(checkout);

async function build(checkout, lock) {
  // Before the build: a file changed meanwhile must lead to another build.
  const hash = hashOfSources(checkout);
  await step('Building', checkout, lock, ['run', '--silent', 'build']);
  stamp(checkout, BUILD_STAMP, hash);
}

const hashOfFile = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

function hashOfSources(checkout) {
  const hash = createHash('sha256');
  const add = (name) => {
    const file = path.join(checkout, name);
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (found === undefined || NOT_SOURCES.test(name)) return;
    if (found.isDirectory()) for (const inner of readdirSync(file).toSorted()) add(`${name}/${inner}`);
    else if (found.isFile()) hash.update(`${name}\0${hashOfFile(file)}\0`);
  };
  for (const name of SOURCES) add(name);
  return hash.digest('hex');
}

function stampOf(checkout, name) {
  const file = path.join(checkout, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

function stamp(checkout, name, hash) {
  const file = path.join(checkout, name);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, hash);
  } catch (error) {
    throw new Refusal(explain(checkout, `${error.code} ${error.message}`) ?? error.message);
  }
}

/** Runs npm quietly: its output is shown only when it fails. */
async function step(title, checkout, lock, npmArguments, gone) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  console.log(`${title} …`);
  const timer = setInterval(
    () => console.log(`  … ${title.toLowerCase()}, ${seconds()} s so far`),
    STILL_BUSY_EVERY_MS,
  );
  const { code, output } = await npm(checkout, lock, npmArguments, gone).finally(() => clearInterval(timer));
  if (gone?.aborted) throw new Refusal(NO_REGISTRY);
  if (code !== 0) {
    const lines = output.trimEnd().split('\n');
    console.error(lines.slice(-SHOWN_LINES).join('\n'));
    throw new Refusal(explain(checkout, output) ?? `${title} failed: see above.`);
  }
  console.log(`  done in ${seconds()} s`);
}

function npm(checkout, lock, npmArguments, gone) {
  // The npm that runs us, if one does: there may be no other in the PATH.
  const running = process.env.npm_execpath;
  const [command, ...first] = running?.endsWith('npm-cli.js') ? [process.execPath, running] : ['npm'];
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...npmArguments], {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'pipe', lock],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-100_000)));
    }
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    // An npm that waits before it tries again hears nothing else.
    gone?.addEventListener('abort', () => forward('SIGKILL'), { once: true });
    const end = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve({ code, output });
    };
    child.on('error', (error) => {
      output += error.code === 'ENOENT' ? 'npm is not installed. Install it (it comes with Node).' : error.message;
      end(1);
    });
    child.on('close', (code, signal) => (signal === null || gone?.aborted ? end(code) : process.exit(130)));
  });
}

const NETWORK_TROUBLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|npm error network/;
const NO_REGISTRY =
  'The npm registry cannot be reached. The first start needs the network: check the connection or the npm proxy settings, then start again.';

/** The clear sentence for what a failed command printed; null when it speaks for itself. */
function explain(checkout, output) {
  if (/ENOSPC|no space left/i.test(output)) return diskFull(checkout);
  if (NETWORK_TROUBLE.test(output)) return NO_REGISTRY;
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return `This user may not write in ${checkout}. Start as the user who owns it, or change its owner.`;
  }
  return null;
}

const diskFull = (checkout) =>
  `The disk that holds ${checkout} is full: ${INSTALL_NEEDS_BYTES / 1024 / 1024} MiB are needed. Free some space, then start again.`;
