import { jest } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupersetAnswer, SupersetOutput, SupersetRun } from '#libs/paiza/superset.js';
import { Child, ROOT, until } from '../support/child.js';
import { createBody, LIMITS, type Program, sha256, startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(240_000);

const MIB = 1024 * 1024;
let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.stop());

const text = (output: SupersetOutput) => Buffer.from(output.base64 ?? '', 'base64').toString();

/** Of a program that must get as far as being run. */
async function ran(program: Program): Promise<SupersetRun> {
  const answer = await runner.run(program);
  if (!answer.run) throw new Error(`Not run: ${JSON.stringify(answer).slice(0, 500)}`);
  return answer.run;
}

const c = (body: string, more: Partial<Program> = {}): Program => ({
  language: 'c',
  source: `#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\nint main(void) { ${body} }\n`,
  ...more,
});
const bash = (source: string, more: Partial<Program> = {}): Program => ({ language: 'bash', source, ...more });
const python = (source: string, more: Partial<Program> = {}): Program => ({ language: 'python3', source, ...more });

describe('capabilities', () => {
  it('names protocol, toolchain, sandbox, and only languages whose self-test passed', async () => {
    const capabilities = await runner.capabilities();
    expect(capabilities.protocol).toBe('saiban-runner-1');
    expect(capabilities.toolchain_identity).not.toBe('');
    expect(capabilities.slots).toBeGreaterThan(0);
    const states = capabilities.languages.map(({ id, state, reason }) => ({ id, state, reason }));
    for (const id of ['c', 'cpp', 'java', 'python3', 'javascript', 'bash', 'ruby', 'plain']) {
      expect(states).toContainEqual({ id, state: 'ready', reason: undefined });
    }
    expect(capabilities.languages.filter((language) => !/\d/.test(language.version))).toEqual([]);
  });

  it('offers a probe that gives what it says', async () => {
    const { probe } = await runner.capabilities();
    if (!probe) throw new Error('No probe.');
    const { language } = probe;
    const source = Buffer.from(probe.source_base64, 'base64');
    const run = await ran({ language, source, input: Buffer.from(probe.input_base64, 'base64') });
    expect(run.stdout.base64).toBe(probe.output_base64);
  });
});

describe('how a run ended', () => {
  it('exited: the code, both streams, plausible figures', async () => {
    const run = await ran(c('puts("out"); fputs("err", stderr); return 3;'));
    expect(run).toMatchObject({ status: 'exited', exit_code: 3, signal: null, heap_exhausted: false });
    expect([text(run.stdout), text(run.stderr)]).toEqual(['out\n', 'err']);
    expect(run.cpu_time_us).toBeGreaterThan(0);
    expect(run.cpu_time_us).toBeLessThan(500_000);
    expect(run.memory_peak_bytes).toBeGreaterThan(64 * 1024);
    expect(run.memory_peak_bytes).toBeLessThan(16 * MIB);
    expect(run.memory_limit_bytes).toBe(LIMITS.memory_bytes);
  });

  it('signalled: the signal that killed it, its own abort too', async () => {
    expect(await ran(c('*(volatile int *)0 = 1;'))).toMatchObject({
      status: 'signalled',
      signal: 11,
      exit_code: null,
    });
    expect(await ran(c('abort();'))).toMatchObject({ status: 'signalled', signal: 6 });
  });

  it('cpuTimeExceeded: killed near the limit and not signalled', async () => {
    const run = await ran(c('for (volatile int i = 0;; i++);', { limits: { cpu_time_us: 500_000 } }));
    expect(run).toMatchObject({ status: 'cpuTimeExceeded', exit_code: null, signal: null });
    expect(run.cpu_time_us).toBeGreaterThanOrEqual(500_000);
    expect(run.cpu_time_us).toBeLessThan(800_000);
  });

  it('cpuTimeExceeded when the time is burnt by a child that nobody waits for', async () => {
    const source = 'import os\nif os.fork() == 0:\n  os.setsid()\n  while True: pass\nimport time\ntime.sleep(4)\n';
    expect((await ran(python(source, { limits: { cpu_time_us: 400_000 } }))).status).toBe('cpuTimeExceeded');
  });

  it('wallTimeExceeded: idling costs no CPU time', async () => {
    const run = await ran(c('pause();', { limits: { wall_time_us: 400_000 } }));
    expect(run.status).toBe('wallTimeExceeded');
    expect(run.cpu_time_us).toBeLessThan(200_000);
    expect(run.wall_time_us).toBeGreaterThanOrEqual(400_000);
  });

  it('wallTimeExceeded when it stops itself', async () => {
    expect((await ran(bash('kill -STOP $$', { limits: { wall_time_us: 400_000 } }))).status).toBe('wallTimeExceeded');
  });

  it('memoryExceeded: the peak is the limit', async () => {
    const run = await ran(c('for (;;) memset(malloc(1 << 20), 1, 1 << 20);'));
    expect(run).toMatchObject({ status: 'memoryExceeded', exit_code: null, signal: null });
    expect(run.memory_peak_bytes).toBeGreaterThan(0.95 * LIMITS.memory_bytes);
    expect(run.memory_peak_bytes).toBeLessThanOrEqual(LIMITS.memory_bytes);
  });

  it('memoryExceeded although the parent of the greedy process exits with 0', async () => {
    const source = 'import os\nif os.fork() == 0: bytearray(1 << 30)\nos.wait()\n';
    expect((await ran(python(source))).status).toBe('memoryExceeded');
  });

  it('memory that is only reserved is no memory', async () => {
    expect(await ran(c('return malloc(1L << 36) == NULL;'))).toMatchObject({ status: 'exited' });
  });

  it('stdoutExceeded: cut at the limit', async () => {
    const run = await ran(bash('yes', { limits: { stdout_bytes: 1000 } }));
    expect(run).toMatchObject({ status: 'stdoutExceeded', exit_code: null });
    expect(run.stdout.length).toBe(1000);
  });

  it('a flood of error output is thrown away and ends nothing', async () => {
    const run = await ran(bash('head -c 3000000 /dev/zero >&2; echo done'));
    expect(run).toMatchObject({ status: 'exited', exit_code: 0 });
    expect([text(run.stdout), run.stderr.length]).toEqual(['done\n', 64 * 1024]);
  });

  it('the first cause counts: output over the limit, then a crash', async () => {
    const source = 'import os\nos.write(1, b"x" * 5000)\nos.kill(os.getpid(), 11)\n';
    expect((await ran(python(source, { limits: { stdout_bytes: 1000 } }))).status).toBe('stdoutExceeded');
  });

  it('says that a runtime used up its own heap', async () => {
    const source = 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length));';
    const run = await ran({
      language: 'javascript',
      source,
      limits: { memory_bytes: 64 * MIB, cpu_time_us: 9_000_000 },
    });
    expect(run.heap_exhausted || run.status === 'memoryExceeded').toBe(true);
  });
});

describe('input and output as bytes', () => {
  it('gives 5 MB of input by digest and streams them back', async () => {
    const input = Buffer.alloc(5_000_000, 'line of input\n');
    const answer = await runner.run(bash('cat', { input }));
    expect(answer.run?.stdout).toEqual({ length: input.length, sha256: sha256(input), base64: null });
    const route = `/runners/outputs/${answer.id}/stdout`;
    const output = await runner.call('GET', route);
    expect(output.status).toBe(200);
    expect(output.bytes.equals(input)).toBe(true);
    expect((await runner.call('GET', route)).status).toBe(404);
  });

  it('keeps every byte, whatever it means', async () => {
    const input = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const run = await ran(bash('cat', { input }));
    expect(Buffer.from(run.stdout.base64 ?? '', 'base64').equals(input)).toBe(true);
    expect(run.stdout.sha256).toBe(sha256(input));
  });

  it('lets a program open its input and output by their names', async () => {
    const source = "const fs = require('fs'); fs.writeFileSync('/dev/stdout', fs.readFileSync('/dev/stdin'));";
    const run = await ran({ language: 'javascript', source, input: Buffer.from('by name\n') });
    expect([text(run.stdout), text(run.stderr)]).toEqual(['by name\n', '']);
  });

  it('gives no input when none is named', async () => {
    expect(text((await ran(bash('cat; echo end'))).stdout)).toBe('end\n');
  });

  it('names absent blobs and starts nothing', async () => {
    const input = Buffer.from(`never uploaded ${Date.now()}`);
    const { body } = await runner.call('POST', '/runners/create.json', { body: createBody(bash('cat', { input })) });
    expect(body).toEqual({ missing: [sha256(input)] });
  });

  it('refuses a blob with other bytes than its name says, and keeps nothing of it', async () => {
    const digest = sha256(Buffer.from('the right bytes'));
    const route = `/runners/blobs/${digest}`;
    expect((await runner.call('PUT', route, { body: Buffer.from('wrong bytes') })).status).toBe(400);
    const blobs = path.join(runner.dataFolder, 'cache', 'blobs');
    expect(existsSync(path.join(blobs, digest))).toBe(false);
    expect(readdirSync(path.join(blobs, 'uploads'))).toEqual([]);
    expect((await runner.call('PUT', '/runners/blobs/..%2f..%2fx', { body: Buffer.from('x') })).status).toBe(400);
  });

  it('takes the same blob twice', async () => {
    const input = Buffer.from('twice');
    expect(await runner.upload(input)).toBe(await runner.upload(input));
    expect(text((await ran(bash('cat', { input }))).stdout)).toBe('twice');
  });
});

describe('builds', () => {
  it('builds once and says so, also across a restart', async () => {
    const program = c(`puts("cached ${Date.now()}");`);
    expect((await runner.run(program)).build).toMatchObject({ succeeded: true, cached: false });
    expect((await runner.run(program)).build).toMatchObject({ succeeded: true, cached: true });
    await runner.child.end('SIGKILL');
    runner.child.start();
    await runner.ready();
    const again = await runner.run(program);
    expect(again.build).toMatchObject({ succeeded: true, cached: true });
    expect(again.run?.status).toBe('exited');
  });

  it('builds the same program once when it is asked for by many at once', async () => {
    const program = c(`puts("single flight ${Date.now()}");`);
    const answers = await Promise.all(Array.from({ length: 6 }, () => runner.run(program)));
    expect(answers.map((answer) => answer.run?.status)).toEqual(Array.from({ length: 6 }, () => 'exited'));
    expect(readdirSync(path.join(runner.dataFolder, 'cache', 'building'))).toEqual([]);
  });

  it('gives a compile error as the compiler says it, without our paths, and runs nothing', async () => {
    const answer = await runner.run({ language: 'c', source: 'int main(void) { return nonsense; }\n' });
    expect(answer.run).toBeUndefined();
    expect(answer.build?.succeeded).toBe(false);
    const said = Buffer.from(answer.build?.output_base64 ?? '', 'base64').toString();
    expect(said).toMatch(/^main\.c:.*‘nonsense’ undeclared/ms);
    expect(said).not.toContain(runner.dataFolder);
  });

  it('stops a compile bomb, says so in the last line, and has the answer the second time', async () => {
    const source = 'char bomb[1 << 30] = {1};\nint main(void) { return 0; }\n'.replace('1 << 30', '600000000');
    const program = { language: 'c', source };
    const answer = await runner.run(program);
    expect(answer.build?.succeeded).toBe(false);
    expect(answer.fault).toBeUndefined();
    expect((await runner.run(program)).build).toMatchObject({ succeeded: false, cached: true });
  });

  it('stops a compiler that does not come to an end', async () => {
    const source = '#define A(x) x x x x x x x x\n#define B(x) A(A(A(A(x))))\nint main(void) { B(B(B(;))) }\n';
    const answer = await runner.run({ language: 'c', source });
    const said = Buffer.from(answer.build?.output_base64 ?? '', 'base64').toString();
    expect(answer.build?.succeeded).toBe(false);
    expect(said.trim().split('\n').at(-1)).toMatch(/was stopped\.$/);
  });

  it('does not let a compiler read what is not its own', async () => {
    for (const file of ['/proc/self/environ', `${ROOT}/package.json`, `${runner.dataFolder}/keys/runner-secret`]) {
      const answer = await runner.run({ language: 'c', source: `#include "${file}"\nint main(void) { return 0; }\n` });
      const said = Buffer.from(answer.build?.output_base64 ?? '', 'base64').toString();
      expect(said).not.toMatch(/"saiban"|runner-secret:1|SAIBAN|PATH=/);
      expect(said).not.toContain(runner.secret);
    }
  });
});

describe('the doors', () => {
  it('opens the superset to the secret only', async () => {
    const headers = { authorization: 'Bearer wrong' };
    const create = { body: createBody(bash('echo no')), headers };
    for (const answer of [
      await runner.call('POST', '/runners/create.json', create),
      await runner.call('POST', '/runners/create.json', { ...create, headers: { authorization: '' } }),
      await runner.call('PUT', `/runners/blobs/${sha256(Buffer.from('x'))}`, { body: Buffer.from('x'), headers }),
      await runner.call('GET', `/runners/outputs/${'A'.repeat(22)}/stdout`, { headers }),
    ]) {
      expect(answer.status).toBe(403);
      expect(typeof answer.body.error).toBe('string');
    }
  });

  it('names the mistake in a malformed create', async () => {
    const good = createBody(bash('echo'));
    for (const [wrong, name] of [
      [{ ...good, source_base64: 7 }, /source_base64/],
      [{ ...good, input_digest: '../../etc/passwd' }, /input_digest/],
      [{ ...good, limits: { ...LIMITS, cpu_time_us: -1 } }, /cpu_time_us/],
      [{ ...good, limits: undefined }, /limits/],
    ] as const) {
      const answer = await runner.call('POST', '/runners/create.json', { body: wrong });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatch(name);
    }
  });

  it('an unknown language is a fault with a code, not a verdict', async () => {
    const answer = await runner.run({ language: 'cobol77', source: 'x' });
    expect(answer).toMatchObject({ fault: { code: 'LANGUAGE_NOT_READY' } });
  });
});

const boxes = () =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => commandLine(pid).includes('saiban-marker-4711'));

describe('ends', () => {
  it('kills the run when the connection of its create closes', async () => {
    const gone = new AbortController();
    const answer = runner.run(
      bash('exec -a saiban-marker-4711 sleep 60', { limits: { wall_time_us: 60_000_000 }, signal: gone.signal }),
    );
    answer.catch(() => {});
    await until('the program to run', 10_000, async () => boxes().length > 0);
    gone.abort();
    await expect(answer).rejects.toThrow(/abort/i);
    await until('the program to die', 5_000, async () => boxes().length === 0);
  });

  it('leaves no process behind when it is killed, and works again at once', async () => {
    const program = bash('(exec -a saiban-marker-4711 sleep 60) & exec -a saiban-marker-4711 sleep 60', {
      limits: { wall_time_us: 60_000_000 },
    });
    const answers = [runner.run(program), runner.run(program)];
    for (const answer of answers) answer.catch(() => {});
    await until('the programs to run', 10_000, async () => boxes().length >= 2);
    await runner.child.end('SIGKILL');
    await until('the programs to die', 5_000, async () => boxes().length === 0);
    runner.child.start();
    await runner.ready();
    expect((await ran(bash('echo again'))).status).toBe('exited');
  });

  it('stops on SIGTERM with everything it started', async () => {
    const answer = runner.run(bash('exec -a saiban-marker-4711 sleep 60', { limits: { wall_time_us: 60_000_000 } }));
    answer.catch(() => {});
    await until('the program to run', 10_000, async () => boxes().length > 0);
    await runner.child.end('SIGTERM');
    await until('the program to die', 5_000, async () => boxes().length === 0);
    runner.child.start();
    await runner.ready();
  });

  it('refuses a data folder that another runner uses', async () => {
    const second = new Child('apps/runner/src/main.js', { SAIBAN_DATA: runner.dataFolder, RUNNER_PORT: '1' });
    second.start();
    await until('the second runner to end', 20_000, async () => !second.alive);
    expect(second.log).toContain('DATA_FOLDER_IN_USE');
    expect((await ran(bash('echo unharmed'))).status).toBe('exited');
  });

  it('judging goes before guests: their run is killed, queued again, and still ends well', async () => {
    const { slots } = await runner.capabilities();
    const guest = { api_key: 'guest', language: 'bash', source_code: 'sleep 1.5; echo guest' };
    const started = await runner.call('POST', '/runners/create.json', { body: guest, headers: { authorization: '' } });
    await sleep(500);
    const before = Date.now();
    const judged = await Promise.all(Array.from({ length: slots }, () => runner.run(bash('echo judged'))));
    expect(judged.map((answer: SupersetAnswer) => answer.run?.status)).toEqual(judged.map(() => 'exited'));
    expect(Date.now() - before).toBeLessThan(1_000);
    const route = `/runners/get_details.json?api_key=guest&id=${started.body.id}`;
    const details = await until('the guest', 15_000, async () => {
      const { body } = await runner.call('GET', route);
      return body.status === 'completed' ? body : null;
    });
    expect(details).toMatchObject({ result: 'success', stdout: 'guest\n' });
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
