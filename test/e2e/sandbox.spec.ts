import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NATIVE_FOLDER } from '../../apps/runner/src/sandbox/compile-helper.js';
import { encodeConfig } from '../../apps/runner/src/sandbox/frames.js';
import { Helper } from '../../apps/runner/src/sandbox/helper.js';
import { SandboxFault, type SandboxOutcome } from '../../apps/runner/src/sandbox/sandbox.js';
import { inTree } from '../../apps/runner/src/toolchain/in-tree.js';
import { treeEnvironment } from '../../apps/runner/src/toolchain/language.js';
import { openToolchain } from '../../apps/runner/src/toolchain/toolchain.js';
import { readConfig } from '#libs/config/config.js';
import { until } from '../support/child.js';
import { out, TestSandbox } from '../support/sandbox.js';

jest.setTimeout(120_000);

const MIB = 1024 * 1024;
const SLOT = { index: 0, core: 0 };
const never = new AbortController().signal;

let box: TestSandbox;
beforeAll(async () => {
  box = await TestSandbox.open([SLOT]);
});
afterAll(() => box.close());

describe('A run', () => {
  it('has its arguments, its input, its extra files, and the environment of the tree', async () => {
    const outcome = await box.run('echo "$@"; cat; cat /files/answer; env', {
      argv: ['bash', 'main.sh', 'one', 'two words', ''],
      input: 'input\n',
      files: [{ name: 'answer', path: box.file('42\n') }],
    });
    const [args, input, answer, ...environment] = out(outcome).trim().split('\n');
    expect([args, input, answer]).toEqual(['one two words ', 'input', '42']);
    const own = environment.filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line)).toSorted();
    expect(own).toEqual(
      Object.entries(treeEnvironment)
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    );
  });

  it('does not see the extra files, the scratch files or the program of the run before', async () => {
    await box.run('echo left > /tmp/x; echo left > /dev/shm/y', { files: [{ name: 'secret', path: box.file('x') }] });
    const packPath = box.pack([{ name: 'other.sh', content: Buffer.from('ls -A /files /tmp /dev/shm /box') }]);
    expect(out(await box.run('', { argv: ['bash', 'other.sh'], packPath }))).toBe(
      '/box:\nother.sh\n\n/dev/shm:\n\n/files:\n\n/tmp:\n',
    );
  });

  it('has an empty input when none is given', async () => {
    expect(out(await box.run('cat; echo end'))).toBe('end\n');
  });

  it('may open its standard streams again by their names', async () => {
    const outcome = await box.run('cat < /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr', {
      input: 'in\n',
    });
    expect([out(outcome), outcome.stderr.inline.toString()]).toEqual(['in\nout\n', 'err\n']);
  });

  it('that cannot be executed is a fault of ours, not a failure of the program', async () => {
    await expect(box.run('', { argv: ['./absent'] })).rejects.toThrow(SandboxFault);
    expect(out(await box.run('echo well'))).toBe('well\n');
  });

  it('refuses arguments that no program could be given, and files outside of the cache folder', async () => {
    await expect(box.run('', { argv: ['true', 'x'.repeat(200_000)] })).rejects.toThrow(SandboxFault);
    await expect(box.run('cat', { stdinPath: '/etc/hostname' })).rejects.toThrow(/not in the cache folder/);
    expect(out(await box.run('echo well'))).toBe('well\n');
  });
});

describe('Outputs', () => {
  it('that are long go to a file without passing through this process', async () => {
    const outcome = await box.run('head -c 10000000 /dev/zero | tr "\\0" x; head -c 70000 /dev/zero >&2');
    expect(outcome).toMatchObject({ status: 'exited', stdout: { length: 10_000_000 }, stderr: { length: 65_536 } });
    expect(outcome.stdout.inline).toHaveLength(0);
    const written = readFileSync(outcome.stdout.path ?? '');
    expect(written.equals(Buffer.alloc(10_000_000, 'x'))).toBe(true);
    rmSync(outcome.stdout.path ?? '');
  });

  it('end the run one byte beyond the limit and not at it', async () => {
    const write = (bytes: number) => box.run(`head -c ${bytes} /dev/zero; exit 3`, { limits: { stdoutBytes: 1000 } });
    expect(await write(1000)).toMatchObject({ status: 'exited', exitCode: 3, stdout: { length: 1000 } });
    expect(await write(1001)).toMatchObject({ status: 'stdoutExceeded', stdout: { length: 1000 } });
  });
});

describe('A build', () => {
  const build = (script: string, required: string | null = null) => {
    const packPath = box.newPath('pack');
    const limits = { scratchBytes: 512 * MIB, memoryBytes: 1024 * MIB, fileBytes: 2 ** 50 };
    return box.run(script, { collect: { packPath, required }, limits }).then((outcome) => ({ outcome, packPath }));
  };
  const gone = ({ outcome, packPath }: { outcome: SandboxOutcome; packPath: string }) => {
    expect(existsSync(packPath)).toBe(false);
    return outcome.collected;
  };

  it('leaves an artefact that later runs see read-only', async () => {
    const { outcome, packPath } = await build('mkdir sub; echo "echo hello" > sub/hello.sh; chmod +x sub/hello.sh');
    expect(outcome).toMatchObject({ status: 'exited', exitCode: 0, collected: 'collected' });
    const argv = ['bash', '-c', 'sub/hello.sh; echo no > main.sh; touch new; rm -rf sub; sub/hello.sh'];
    for (let run = 0; run < 2; run++) expect(out(await box.run('', { argv, packPath }))).toBe('hello\nhello\n');
  });

  it('leaves no artefact when it fails', async () => {
    expect(gone(await build('echo x > main; exit 1'))).toBe('none');
  });

  it('hands out no file by a link, a FIFO or a folder in its place', async () => {
    const { packPath } = await build('ln -s /etc/passwd main; ln -s .. up; mkfifo fifo; echo real > real');
    expect(out(await box.run('', { argv: ['ls', '-A'], packPath }))).toBe('main.sh\nreal\n');
    expect(gone(await build('ln -s /bin/true main', 'main'))).toBe('requiredMissing');
    expect(gone(await build('mkdir main', 'main'))).toBe('requiredMissing');
    expect(gone(await build('mkfifo main', 'main'))).toBe('requiredMissing');
  });

  it('has bounds for what it leaves', async () => {
    expect(gone(await build('truncate -s 1T huge'))).toBe('tooLarge');
    expect(gone(await build('for i in $(seq 2001); do : > $i; done'))).toBe('tooManyFiles');
    expect(gone(await build('mkdir -p a/b/c/d/e/f/g/h/i'))).toBe('tooDeep');
  });

  it('leaves nobody at work', async () => {
    const { outcome } = await build('(setsid sleep 50 </dev/null >/dev/null 2>&1 &); echo x > main', 'main');
    expect(outcome.collected).toBe('collected');
    expect(outcome.wallTimeUs).toBeLessThan(4_000_000);
  });
});

describe('A pair', () => {
  const pair = (one: string, other: string, limits = {}) =>
    box.sandbox.runPair(SLOT, [box.asked(one, { limits }), box.asked(other, { limits })], never);

  it('talks to each other, with the figures of each apart', async () => {
    const { outcomes } = await pair(
      'for i in 1 2 3; do echo $i; read x; echo "got $x" >&2; done',
      'while read x; do echo $((x * 2)); done; for ((i = 0; i < 300000; i++)); do :; done',
    );
    expect(outcomes.map(({ status, exitCode }) => [status, exitCode])).toEqual([
      ['exited', 0],
      ['exited', 0],
    ]);
    expect(outcomes[0].stderr.inline.toString()).toBe('got 2\ngot 4\ngot 6\n');
    expect(outcomes[1].cpuTimeUs).toBeGreaterThan(2 * outcomes[0].cpuTimeUs);
  });

  it.each([
    [0, 'exit 1', 'cat >/dev/null; exit 2'],
    [1, 'cat >/dev/null; exit 1', 'exit 2'],
  ])('knows who ended first: %i', async (first, one, other) => {
    const { outcomes, firstEnded } = await pair(one, other);
    expect(firstEnded).toBe(first);
    expect(outcomes.map((outcome) => outcome.exitCode)).toEqual([1, 2]);
  });

  it('lets a writer see that nobody reads any more', async () => {
    const { outcomes } = await pair('exec >&-; sleep 0.2; exit 0', 'exec <&-; while echo x; do :; done');
    // 13: SIGPIPE.
    expect(outcomes.map(({ status, signal }) => [status, signal])).toEqual([
      ['exited', null],
      ['signalled', 13],
    ]);
  });

  it('ends by the clock when both wait for each other', async () => {
    const { outcomes } = await pair('read x', 'read x', { wallTimeUs: 500_000 });
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['wallTimeExceeded', 'wallTimeExceeded']);
  });

  it('goes on with one when the other has used up its time', async () => {
    const { outcomes, firstEnded } = await pair('while :; do :; done', 'cat; exit 7', { cpuTimeUs: 300_000 });
    expect(outcomes[0].status).toBe('cpuTimeExceeded');
    expect(outcomes[1]).toMatchObject({ status: 'exited', exitCode: 7 });
    expect(firstEnded).toBe(0);
  });

  it('has a box of its own for each', async () => {
    const { outcomes } = await pair('echo mine > /tmp/x; echo go; read x', 'read x; ls -A /tmp /files >&2; echo done');
    expect(outcomes[1].stderr.inline.toString()).toBe('/files:\n\n/tmp:\n');
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    const [one, other] = [box.asked('sleep 50'), box.asked('sleep 50')] as const;
    setTimeout(() => cancel.abort(new Error('enough')), 100);
    await expect(box.sandbox.runPair(SLOT, [one, other], cancel.signal)).rejects.toThrow('enough');
    expect(out(await box.run('echo well'))).toBe('well\n');
  });
});

describe('Cancelling', () => {
  it('ends the run at once, whatever it does, and can be said again', async () => {
    for (const script of ['sleep 50', 'while :; do :; done', 'trap "" TERM INT HUP; while :; do sleep 1; done']) {
      const cancel = new AbortController();
      const run = box.run(script, { limits: { cpuTimeUs: 20_000_000, wallTimeUs: 40_000_000 } }, cancel.signal);
      setTimeout(() => cancel.abort(new Error('cancelled')), 150);
      await expect(run).rejects.toThrow('cancelled');
      cancel.abort();
    }
    await expect(box.run('echo x', {}, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(out(await box.run('echo well'))).toBe('well\n');
  });
});

describe('Without cgroups', () => {
  let degraded: TestSandbox;
  beforeAll(async () => {
    degraded = await TestSandbox.open([{ index: 1, core: 0 }], ['cgroup']);
  });
  afterAll(() => degraded.close());

  it('limits hold by looking at the processes', async () => {
    const hog = 'x = []\nwhile True: x.append(bytearray(1 << 20))';
    expect((await degraded.python(hog)).status).toBe('memoryExceeded');
    const spin = await degraded.run('while :; do :; done', { limits: { cpuTimeUs: 300_000 } });
    expect(spin.status).toBe('cpuTimeExceeded');
    expect(spin.cpuTimeUs).toBeGreaterThanOrEqual(300_000);
    const forks =
      'import os, time\nn = 0\ntry:\n  while True:\n    if os.fork() == 0: time.sleep(9)\n    n += 1\nexcept OSError: print(n)';
    expect(Number(out(await degraded.python(forks)))).toBeLessThan(32);
  });

  it("what a build used does not count as the next run's", async () => {
    const builds = 'i=0; while (( i < 200000 )); do (( i += 1 )); done; echo built > artefact';
    for (let round = 0; round < 8; round++) {
      const collect = { packPath: degraded.newPath('pack'), required: 'artefact' };
      const build = await degraded.run(builds, { collect, limits: { cpuTimeUs: 20_000_000, wallTimeUs: 60_000_000 } });
      expect(build.collected).toBe('collected');
      const { cpuTimeUs } = await degraded.run('true');
      expect(cpuTimeUs).toBeLessThan(build.cpuTimeUs / 2);
    }
  }, 120_000);

  it('CPU time of children and orphans counts', async () => {
    const outcome = await degraded.run('(for ((i = 0; i < 400000; i++)); do :; done) & wait; exit 0');
    expect(outcome.status).toBe('exited');
    expect(outcome.cpuTimeUs).toBeGreaterThan(100_000);
  });
});

describe('The helper', () => {
  /** Of the slot: keeper, zygote, init and program, or those of them that there are. */
  const processesOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(processesOf)];
  const childrenOf = (pid: number): number[] => {
    const file = `/proc/${pid}/task/${pid}/children`;
    return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : [];
  };

  it.each([
    ['keeper', 0],
    ['zygote', 1],
    ['init', 2],
  ])('killed at its %s is a fault, leaves nobody behind, and the slot goes on', async (_, index) => {
    const keeper = (await box.sandbox.helperPid(SLOT)) ?? 0;
    const run = box.run('sleep 50', { limits: { wallTimeUs: 60_000_000 } });
    const failed = run.catch((error: unknown) => error);
    const processes = await until('the program', 5_000, async () => {
      const found = processesOf(keeper);
      return found.length >= 4 && found;
    });
    process.kill(processes[index] ?? 0, 'SIGKILL');
    expect(await failed).toBeInstanceOf(SandboxFault);
    await until('the end of all', 5_000, async () => processes.every((pid) => !existsSync(`/proc/${pid}`)));
    expect(out(await box.run('echo well'))).toBe('well\n');
  });

  it('killed while it is idle is replaced at the next run', async () => {
    const keeper = (await box.sandbox.helperPid(SLOT)) ?? 0;
    process.kill(keeper, 'SIGKILL');
    await until('its end', 5_000, async () => !existsSync(`/proc/${keeper}`));
    // Whether its end was seen already or not: a fault at most, never a wrong outcome.
    await box.run('true').catch((error: unknown) => expect(error).toBeInstanceOf(SandboxFault));
    expect(out(await box.run('echo well'))).toBe('well\n');
  });

  it('leaves no process, no cgroup and no file when it is closed', async () => {
    const other = await TestSandbox.open([{ index: 2, core: 0 }]);
    const keeper = (await other.sandbox.helperPid({ index: 2, core: 0 })) ?? 0;
    await other.run('echo x');
    const processes = processesOf(keeper);
    const captured = readdirSync(path.join(other.cacheFolder, 'captured'));
    await other.close();
    expect(captured).toEqual([]);
    await until('the end of all', 5_000, async () => processes.every((pid) => !existsSync(`/proc/${pid}`)));
  });

  it('that hangs is given up ten seconds after the wall time, and the slot goes on', async () => {
    const keeper = (await box.sandbox.helperPid(SLOT)) ?? 0;
    const run = box.run('sleep 50', { limits: { wallTimeUs: 200_000 } });
    const failed = run.catch((error: unknown) => error);
    process.kill(keeper, 'SIGSTOP');
    expect(String(await failed)).toContain('does not answer in time');
    expect(out(await box.run('echo well'))).toBe('well\n');
  }, 30_000);

  it('ends on broken frames, with a fault and without hanging', async () => {
    const [program = ''] = readdirSync(path.join(box.cacheFolder, 'native'));
    const start = encodeConfig({
      treeRoot: openToolchain(readConfig()).root,
      cacheFolder: box.cacheFolder,
      core: 0,
      uid: process.getuid?.() === 0 ? 60_190 : null,
      without: [],
      groups: [],
    });
    // A frame of 5 bytes: an unknown type, a RUN without fields, a CONFIG once more; then a length of nothing and of too much.
    const broken = ['0500000063000000', '0100000002', '0100000001', '00000000', 'ffffffff', '05000000020100000001'];
    for (const hex of broken) {
      const child = spawn(path.join(box.cacheFolder, 'native', program), [], { stdio: ['pipe', 'pipe', 'inherit'] });
      const said: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
      child.stdin.on('error', () => {});
      child.stdin.write(Buffer.concat([start, Buffer.from(hex.padEnd(18, '0'), 'hex')]));
      const [code] = (await once(child, 'close', { signal: AbortSignal.timeout(20_000) })) as [number];
      expect([hex, code]).toEqual([hex, 1]);
      // 20: FAULT.
      expect(Buffer.concat(said).includes(20)).toBe(true);
    }
  });

  it.each(['/bin/cat', '/bin/true', '/bin/false', '/nowhere'])('that is %s instead is a fault', async (program) => {
    const config = { treeRoot: '/', cacheFolder: '/', core: 0, uid: null, without: [], groups: [] };
    await expect(Helper.start(program, config)).rejects.toThrow(SandboxFault);
  });
});

it('The tests of the native parts pass under the sanitizers', async () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'saiban-native-'));
  try {
    cpSync(NATIVE_FOLDER, work, { recursive: true });
    const { code, stdout, stderr } = await inTree(openToolchain(readConfig()).root, ['make', '-s', 'test'], work);
    expect([code, stderr]).toEqual([0, '']);
    const tests = readdirSync(path.join(work, 'tests')).filter((name) => name.endsWith('_test.c'));
    expect(stdout.trim().split('\n').length).toBe(tests.length);
    expect(tests.length).toBeGreaterThanOrEqual(4);
    writeFileSync(
      path.join(work, 'tests/frames_test.c'),
      'int main(void) { volatile char b[1] = {0}; return b[(long)b & 1 | 2]; }\n',
    );
    const broken = await inTree(openToolchain(readConfig()).root, ['make', '-s', 'test'], work);
    // A test of the test: the sanitizers do look.
    expect(broken.code).not.toBe(0);
  } finally {
    rmSync(work, { recursive: true });
  }
});
