import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HERE = import.meta.dirname;

/** Its dist/main.js prints the arguments, and each build is counted in builds.txt. */
const BUILD = `
const fs = require('node:fs');
fs.appendFileSync('builds.txt', 'x');
if (fs.readFileSync('apps/broken.txt', 'utf8') === 'yes') { console.log('line 7 is wrong'); process.exit(1); }
const until = Date.now() + Number(fs.readFileSync('slow.txt', 'utf8'));
while (Date.now() < until);
fs.rmSync('dist', { recursive: true, force: true });
fs.mkdirSync('dist/apps/launcher/src', { recursive: true });
fs.mkdirSync('libs/database/generated', { recursive: true });
fs.writeFileSync('dist/apps/launcher/src/main.js', 'export const main = async (args) => { console.log("main " + args); return 7; };');
`;

/** Each run of npm takes a second or two, on a busy machine more. */
const LIMIT_MS = 60_000;

describe('the bootstrap', () => {
  let checkout: string;
  const running: ChildProcess[] = [];

  beforeEach(() => {
    checkout = mkdtempSync(path.join(os.tmpdir(), 'saiban-bootstrap-'));
    mkdirSync(path.join(checkout, 'apps/launcher'), { recursive: true });
    for (const name of ['bootstrap.mjs', 'prepare.mjs']) {
      copyFileSync(path.join(HERE, name), path.join(checkout, 'apps/launcher', name));
    }
    const about = { name: 'small', version: '1.0.0' };
    write('package.json', JSON.stringify({ ...about, type: 'module', scripts: { build: 'node build.cjs' } }));
    write('package-lock.json', JSON.stringify({ ...about, lockfileVersion: 3, packages: { '': about } }));
    write('build.cjs', BUILD);
    write('slow.txt', '0');
    write('apps/broken.txt', 'no');
    write('apps/a.ts', 'one');
  });

  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    rmSync(checkout, { recursive: true, force: true });
  });

  const write = (name: string, text: string) => writeFileSync(path.join(checkout, name), text);
  const builds = () =>
    existsSync(path.join(checkout, 'builds.txt')) ? readFileSync(path.join(checkout, 'builds.txt')).length : 0;

  async function bootstrap(env: NodeJS.ProcessEnv = {}, started?: (child: ChildProcess) => void) {
    const child = spawn(process.execPath, ['apps/launcher/bootstrap.mjs', 'start', 'now'], {
      cwd: checkout,
      // Without the npm that runs these tests and its settings.
      env: { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    started?.(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  }

  function killOnceBuilding(child: ChildProcess): void {
    if (builds() > 0) child.kill('SIGKILL');
    else if (child.exitCode === null) setTimeout(() => killOnceBuilding(child), 20);
  }

  it(
    'installs and builds once, then only runs; its exit code is that of the command',
    async () => {
      const first = await bootstrap();
      expect(first).toMatchObject({ code: 7, output: expect.stringContaining('main start,now') });
      expect(first.output).toContain('Installing dependencies');
      expect(await bootstrap()).toEqual({ code: 7, output: 'main start,now\n' });
      expect(builds()).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'builds again when a source changed in content, not when only its time or a spec did',
    async () => {
      await bootstrap();
      write('apps/a.ts', 'one');
      write('apps/a.spec.ts', 'a test');
      await bootstrap();
      expect(builds()).toBe(1);
      write('apps/a.ts', 'two');
      expect((await bootstrap()).output).not.toContain('Installing');
      expect(builds()).toBe(2);
      write('apps/b.ts', 'new');
      await bootstrap();
      expect(builds()).toBe(3);
    },
    LIMIT_MS,
  );

  it(
    'installs again when the lock file changed',
    async () => {
      await bootstrap();
      write('package-lock.json', readFileSync(path.join(checkout, 'package-lock.json'), 'utf8') + '\n');
      expect((await bootstrap()).output).toContain('Installing dependencies');
    },
    LIMIT_MS,
  );

  it(
    'installs from nothing when an earlier install did not finish',
    async () => {
      mkdirSync(path.join(checkout, 'node_modules/half'), { recursive: true });
      write('node_modules/.saiban-lock-hash', 'unfinished');
      expect((await bootstrap()).code).toBe(7);
      expect(existsSync(path.join(checkout, 'node_modules/half'))).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    'shows what a failed build printed, exits with 1, and builds again next time',
    async () => {
      write('apps/broken.txt', 'yes');
      const broken = await bootstrap();
      expect(broken.code).toBe(1);
      expect(broken.output).toContain('line 7 is wrong');
      expect(broken.output).toContain('Building failed');
      write('apps/broken.txt', 'no');
      expect((await bootstrap()).code).toBe(7);
    },
    LIMIT_MS,
  );

  it.each([
    ['at once when npm gives up', '0'],
    ['soon while npm would go on for minutes', '30'],
  ])(
    'says in a sentence that the registry cannot be reached, %s',
    async (_when, retries) => {
      const lock = JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8')) as { packages: object };
      const wanted = { version: '1.0.0', integrity: 'sha512-AAAA' };
      const asking = { name: 'small', version: '1.0.0', dependencies: { 'not-there': '1.0.0' } };
      write(
        'package-lock.json',
        JSON.stringify({ ...lock, packages: { '': asking, 'node_modules/not-there': wanted } }),
      );
      write('package.json', JSON.stringify({ ...asking, type: 'module', scripts: { build: 'node build.cjs' } }));
      const offline = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: retries };
      const { code, output } = await bootstrap(offline);
      expect(code).toBe(1);
      expect(output).toContain('The npm registry cannot be reached.');
    },
    LIMIT_MS,
  );

  it(
    'run twice at once builds once',
    async () => {
      write('slow.txt', '1500');
      const [one, two] = await Promise.all([bootstrap(), sleep(200).then(() => bootstrap())]);
      expect([one.code, two.code]).toEqual([7, 7]);
      expect(builds()).toBe(1);
      expect(one.output + two.output).toContain('Another Saiban is preparing this checkout');
    },
    LIMIT_MS,
  );

  it(
    'killed in the middle blocks nobody, and what it left is built anew',
    async () => {
      write('slow.txt', '2000');
      await bootstrap({}, killOnceBuilding);
      expect(builds()).toBe(1);
      write('slow.txt', '0');
      expect((await bootstrap()).code).toBe(7);
      expect(builds()).toBe(2);
    },
    LIMIT_MS,
  );
});
