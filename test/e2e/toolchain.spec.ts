import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '#libs/config/config.js';
import { checkLanguage } from '../../apps/runner/src/toolchain/check-language.js';
import { inTree } from '../../apps/runner/src/toolchain/in-tree.js';
import { installToolchain } from '../../apps/runner/src/toolchain/install.js';
import { allLanguages } from '../../apps/runner/src/toolchain/languages/index.js';
import { openToolchain, type Toolchain } from '../../apps/runner/src/toolchain/toolchain.js';
import { Child, until } from '../support/child.js';
import { startRunner, type TestRunner } from '../support/runner.js';

const CLI = 'apps/runner/src/toolchain/cli.js';
const INSTALL_TIMEOUT_MS = 15 * 60_000;

describe('The tree of compilers', () => {
  let toolchain: Toolchain;
  beforeAll(async () => {
    // All languages, whatever the site under test offers.
    const config = { ...readConfig(), languages: null };
    await installToolchain(config, () => undefined);
    toolchain = openToolchain(config);
  }, INSTALL_TIMEOUT_MS);

  it.each(allLanguages.map((language) => [language.id, language] as const))(
    'builds and runs %s, of the version it says',
    async (id, language) => {
      const version = await checkLanguage(toolchain.root, language);
      expect(version).toMatch(/^\d+(\.\d+)+$/);
      expect(toolchain.languages.get(id)?.version).toBe(version);
    },
    60_000,
  );

  it('gives no privileges, hides no file from an unprivileged user, and holds no address of a mirror', () => {
    const find = (...test: string[]) => execFileSync('find', [toolchain.root, ...test], { encoding: 'utf8' });
    expect(find('-perm', '/6000')).toBe('');
    expect(find('!', '-type', 'l', '!', '-perm', '-o=r')).toBe('');
    expect(existsSync(path.join(toolchain.root, 'etc/apt'))).toBe(false);
  });

  it('has the C++ header precompiled for exactly the flags of the row', async () => {
    const { stderr } = await inTree(toolchain.root, [
      'sh',
      '-c',
      'cd /tmp && echo "#include <bits/stdc++.h>" > a.cpp && g++ -O2 -std=gnu++20 -H -c a.cpp',
    ]);
    // GCC marks a precompiled header that it uses with "!", one that it cannot use with "x".
    expect(stderr).toMatch(/^! .*stdc\+\+\.h\.gch/m);
  });

  it("has the Java compiler's classes archived so that the archive is used", async () => {
    const { build } = toolchain.languages.get('java')?.language ?? {};
    const archive = build?.find((argument) => argument.startsWith('-XX:SharedArchiveFile=')) ?? '';
    const command = ['java', '-Xlog:cds', '-XX:+UseSerialGC', archive, '-m', 'jdk.compiler/com.sun.tools.javac.Main'];
    const { stdout } = await inTree(toolchain.root, [...command, '-version']);
    expect(stdout).toMatch(/Mapped dynamic region/i);
  });
});

const JAVA_HALF = 'byte[] b = new byte[128 << 20]; java.util.Arrays.fill(b, (byte) 1); System.out.print(b[77]);';
const JAVA_HOG = 'var l = new java.util.ArrayList<byte[]>(); while (true) { l.add(new byte[1 << 20]); }';
const javaMain = (body: string) => `public class Main { public static void main(String[] a) { ${body} } }`;

describe('A program with 256 MiB', () => {
  let runner: TestRunner;
  beforeAll(async () => {
    runner = await startRunner({ SAIBAN_LANGUAGES: 'java,javascript' });
  }, 120_000);
  afterAll(() => runner.stop());
  const ran = async (language: string, source: string) => {
    const limits = { cpu_time_us: 20_000_000, wall_time_us: 60_000_000, memory_bytes: 256 * 1024 * 1024 };
    const { run } = await runner.run({ language, source, limits });
    if (!run) throw new Error(`${language} did not build`);
    return run;
  };

  it.each([
    ['java', javaMain(JAVA_HALF)],
    ['javascript', 'const a = []; for (let i = 0; i < 4_000_000; i++) a.push({ i }); process.stdout.write("1");'],
    ['javascript', 'process.stdout.write(String(Buffer.alloc(128 << 20, 1)[77]));'],
  ])(
    'may use half of it: %s',
    async (language, source) => {
      const run = await ran(language, source);
      expect(run).toMatchObject({ status: 'exited', exit_code: 0, stdout: { base64: btoa('1') } });
    },
    90_000,
  );

  // The worker calls a heap exhausted only from 90 % of the run's limit on: the rows' extra memory must leave room for that.
  it.each([
    ['java', javaMain(JAVA_HOG)],
    ['java', javaMain('var l = new java.util.LinkedList<int[]>(); while (true) { l.add(new int[4]); }')],
    ['javascript', 'const a = []; while (true) a.push({ a: a.length });'],
    ['javascript', 'const a = []; while (true) a.push(Buffer.alloc(1 << 20, 1));'],
  ])(
    'is stopped for memory when it takes all there is: %s',
    async (language, source) => {
      const run = await ran(language, source);
      const peak = run.memory_peak_bytes / run.memory_limit_bytes;
      expect({ ...run, told: run.status === 'memoryExceeded' || (run.heap_exhausted && peak >= 0.9) }).toMatchObject({
        told: true,
      });
    },
    90_000,
  );

  it.each([
    ['java', javaMain('System.out.print(f(500_000)); } static int f(int n) { return n == 0 ? 1 : f(n - 1);')],
    ['javascript', 'const f = (n) => (n === 0 ? 1 : f(n - 1)); process.stdout.write(String(f(1_000_000)));'],
  ])(
    'may recurse deeply: %s',
    async (language, source) => {
      expect(await ran(language, source)).toMatchObject({ exit_code: 0, stdout: { base64: btoa('1') } });
    },
    90_000,
  );
});

describe('Installing', () => {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'saiban-toolchain-')));
  const env = { SAIBAN_TOOLCHAIN: folder, SAIBAN_LANGUAGES: 'plain' };
  const trees = path.join(folder, 'trees');
  const child = (more: Record<string, string> = {}) => {
    const started = new Child(CLI, { ...env, ...more }, ['install']);
    started.start();
    return started;
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'says that the network is gone, and leaves nothing behind',
    async () => {
      // Nobody listens there: as good as no network, and possible without root.
      const install = child({ http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' });
      await until('the end', INSTALL_TIMEOUT_MS, async () => !install.alive);
      expect(install.log).toContain('NO_NETWORK: ');
      expect(readdirSync(trees)).toEqual([]);
    },
    INSTALL_TIMEOUT_MS,
  );

  it(
    'ends whole after a kill -9 in the middle, also when two begin at once',
    async () => {
      const killed = child();
      await until('half an install', INSTALL_TIMEOUT_MS, async () =>
        killed.log.includes('installing remaining packages'),
      );
      await killed.end('SIGKILL');
      expect(existsSync(path.join(folder, 'current'))).toBe(false);
      expect(readdirSync(trees)).toHaveLength(1);

      const two = [child(), child()];
      await until('both ends', INSTALL_TIMEOUT_MS, async () => two.every((one) => !one.alive));
      const logs = two.map((one) => one.log);
      expect(logs.filter((log) => log.includes('The compilers are ready'))).toHaveLength(1);
      expect(logs.filter((log) => log.includes('The compilers are there'))).toHaveLength(1);
      const { identity } = openToolchain(readConfig(env));
      expect(readdirSync(trees)).toEqual([identity]);
      expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(folder);
    },
    INSTALL_TIMEOUT_MS,
  );

  it('has nothing to do the second time, quickly and without a network', async () => {
    const begun = Date.now();
    const again = child({ http_proxy: 'http://127.0.0.1:9' });
    await until('the end', 10_000, async () => !again.alive);
    expect(again.log).toContain('The compilers are there');
    expect(Date.now() - begun).toBeLessThan(3_000);
  });
});
