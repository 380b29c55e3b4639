import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageLine, type Message, type Plan, type Role, ROLES } from './messages.js';
import { measurePace, slowdown } from './pace.js';

// Runs in the guest, as its only service: looks whether the guest is what it must be, measures it, and runs the list as root
// and as an ordinary user. Exit code 0 only when all of it is well.

const CGROUPS = '/sys/fs/cgroup';
const CONTROLLERS = ['cpu', 'memory', 'pids'];
const USER = 1000;
/** Processes that are dying when a list has ended. */
const SETTLE_MS = 5_000;
const SETTLE_STEP_MS = 100;

const tell = (message: Message) => console.log(messageLine(message));
const read = (file: string) => readFileSync(file, 'utf8').trim();

async function main(planFile: string): Promise<number> {
  const plan = JSON.parse(read(planFile)) as Plan;
  const uptimeMs = Math.round(Number(read('/proc/uptime').split(' ')[0]) * 1000);
  const nodeStartMs = timeNodeStart();
  tell({ kind: 'booted', kernel: read('/proc/version'), afterMs: uptimeMs, nodeStartMs });
  for (const role of ROLES) makeService(role);
  const { found, wrong } = selfCheck();
  tell({ kind: 'checked', found, wrong });
  if (wrong !== null) return 1;
  const pace = measurePace();
  const timeScale = slowdown(plan.hostPace, pace);
  tell({ kind: 'paced', pace, timeScale });
  let good = true;
  for (const role of ROLES) good = (await runAs(role, plan, timeScale)) && good;
  return good ? 0 : 1;
}

function timeNodeStart(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return Math.round(performance.now() - startedAt);
}

const serviceOf = (role: Role) => `${CGROUPS}/saiban-${role}.service`;

/** A cgroup as systemd gives it to a service with Delegate=yes: its user's are the files that the kernel lists. */
function makeService(role: Role): void {
  writeFileSync(`${CGROUPS}/cgroup.subtree_control`, CONTROLLERS.map((name) => `+${name}`).join(' '));
  const service = serviceOf(role);
  mkdirSync(service);
  if (role === 'root') return;
  chownSync(service, USER, USER);
  for (const file of read('/sys/kernel/cgroup/delegate').split('\n')) {
    if (existsSync(path.join(service, file))) chownSync(path.join(service, file), USER, USER);
  }
}

/** Whether this is cgroup v2 only, with all that the sandbox needs, and whether an ordinary user gets a user namespace. */
function selfCheck(): { found: string; wrong: string | null } {
  const mounts = read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' '))
    .map((fields) => ({ where: fields[4], type: fields[fields.indexOf('-') + 1] ?? '' }))
    .filter(({ type }) => type.startsWith('cgroup'))
    .map(({ where, type }) => `${type} on ${where}`);
  const controllers = read(`${serviceOf('user')}/cgroup.controllers`).split(' ');
  const peak = existsSync(`${serviceOf('user')}/memory.peak`);
  const namespace = spawnSync('setpriv', [...asUser(), 'unshare', '--user', '--map-root-user', 'id', '-u'], {
    encoding: 'utf8',
  });
  const wrong = [
    mounts.join() === `cgroup2 on ${CGROUPS}` ? null : 'cgroup2 must be mounted, and no other',
    CONTROLLERS.every((name) => controllers.includes(name)) ? null : `${CONTROLLERS.join(', ')} must be there`,
    peak ? null : 'there is no memory.peak',
    namespace.stdout.trim() === '0' ? null : `no user namespace for an ordinary user: ${namespace.stderr}`,
  ].filter((one) => one !== null);
  const found = `${mounts.join(', ')}; controllers ${controllers.join(' ')}; user namespaces for ordinary users`;
  return { found, wrong: wrong.length === 0 ? null : wrong.join('; ') };
}

const asUser = () => [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--inh-caps=-all', '--'];

/** A folder of the role's own, with its own copy of what was built for it: on the host that may be another user's. */
function homeOf(role: Role): string {
  const home = `/home/${role}`;
  mkdirSync(home);
  const made = spawnSync('cp', ['-r', '/saiban/packs', home]).status === 0;
  const given = role === 'root' || spawnSync('chown', ['-R', `${USER}:${USER}`, home]).status === 0;
  if (!made || !given) throw new Error(`${home} could not be made.`);
  return home;
}

/** Runs the list. True when it is well and has left nothing. */
async function runAs(role: Role, plan: Plan, timeScale: number): Promise<boolean> {
  tell({ kind: 'started', role });
  const startedAt = Date.now();
  const home = homeOf(role);
  const command = [process.execPath, ...plan.command, '--packs', `${home}/packs`, '--time-scale', String(timeScale)];
  // The shell joins the service before it becomes the list, as systemd does it for its services.
  const enter = ['-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', serviceOf(role)];
  const child = spawn('/bin/sh', [...enter, ...(role === 'user' ? ['setpriv', ...asUser()] : []), ...command], {
    cwd: '/saiban/checkout',
    env: {
      ...process.env,
      HOME: home,
      SAIBAN_DATA: path.join(home, 'data'),
    },
    // Not the serial line itself: that is a terminal.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stdout, { end: false });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
  const left = await whatIsLeft(role);
  tell({ kind: 'ended', role, code, ms: Date.now() - startedAt, left, emptyGroups: groupsBelow(role).length });
  return code === 0 && left.length === 0;
}

/** Processes of the list that are still there after a while. */
async function whatIsLeft(role: Role): Promise<string[]> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const populated = groupsBelow(role).filter((group) => group.populated);
    const left = [...strangers(), ...populated.map(({ name }) => `processes in ${name}`)];
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(SETTLE_STEP_MS);
  }
}

/** All but the kernel's threads, the guest's init and this process. */
function strangers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== '1' && name !== String(process.pid))
    .flatMap((name) => {
      try {
        const exe = readlinkSync(`/proc/${name}/exe`);
        return [`process ${name} ${exe}`];
      } catch {
        // A thread of the kernel has no program, and neither has what has just ended.
        return [];
      }
    });
}

const groupsBelow = (role: Role) =>
  foldersBelow(serviceOf(role)).map((folder) => ({
    name: path.relative(serviceOf(role), folder),
    populated: /^populated 1$/m.test(read(path.join(folder, 'cgroup.events'))),
  }));

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name))
    .flatMap((inner) => [inner, ...foldersBelow(inner)]);
}

const [planFile = ''] = process.argv.slice(2);
process.exitCode = await main(planFile);
