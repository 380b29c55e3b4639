import { jest } from '@jest/globals';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupersetAnswer, SupersetCreate, SupersetOutput, SupersetProgram } from '#libs/paiza/superset.js';
import { until } from '../support/child.js';
import { createBody, LIMITS, type Program, sha256, startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(120_000);

let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner({ SAIBAN_LANGUAGES: 'bash,c' });
});
afterAll(() => runner.stop());

const text = (output?: SupersetOutput) => Buffer.from(output?.base64 ?? '', 'base64').toString();
const bash = (source: string, more: Partial<Program> = {}): Program => ({ language: 'bash', source, ...more });
const blobs = path.join('cache', 'blobs');

describe('Arguments and files', () => {
  it('reach the program as they are', async () => {
    const args = ['a b', '', '$(id)', '日本', "'"];
    const answer = await runner.run(bash('printf "<%s>" "$@"', { more: { args } }));
    expect(text(answer.run?.stdout)).toBe(args.map((arg) => `<${arg}>`).join(''));
  });

  it('reach a compiled program behind its own name', async () => {
    const source = '#include <stdio.h>\nint main(int n, char **v) { for (int i = 1; i < n; i++) puts(v[i]); }\n';
    const answer = await runner.run({ language: 'c', source, more: { args: ['one', 'two'] } });
    expect(text(answer.run?.stdout)).toBe('one\ntwo\n');
  });

  it('lie in /files, read-only, and the next run does not see them', async () => {
    const [first, second] = [Buffer.from('first'), Buffer.from('\0\xff', 'latin1')];
    const files = [
      { name: 'one.txt', digest: sha256(first) },
      { name: 'two', digest: sha256(second) },
    ];
    const script = 'cd /files; echo *; cat one.txt; wc -c < two; echo x > one.txt || echo x > three || echo read-only';
    const answer = await runner.run(bash(script, { more: { files }, blobs: [first, second] }));
    expect(text(answer.run?.stdout)).toBe('one.txt two\nfirst2\nread-only\n');
    expect(text((await runner.run(bash('ls -A /files'))).run?.stdout)).toBe('');
  });

  it('are named together when they are missing, and nothing is started', async () => {
    const [input, file, mate] = ['input', 'file', 'mate'].map((name) => sha256(Buffer.from(`${name} ${Date.now()}`)));
    const body = { ...createBody(bash('cat')), input_digest: input, files: [{ name: 'f', digest: file }] };
    expect((await runner.call('POST', '/runners/create.json', { body })).body).toEqual({ missing: [input, file] });
    const pair = { ...createBody(bash('cat')), files: [{ name: 'f', digest: mate }] };
    const paired = { ...createBody(bash('cat')), pair };
    expect((await runner.call('POST', '/runners/create.json', { body: paired })).body).toEqual({ missing: [mate] });
  });
});

describe('A pair', () => {
  const program = (source: string, more: Partial<SupersetProgram> = {}): SupersetProgram => ({
    language: 'bash',
    source_base64: Buffer.from(source).toString('base64'),
    limits: LIMITS,
    ...more,
  });
  const create = async (one: SupersetCreate, pair: SupersetProgram): Promise<SupersetAnswer> =>
    (await runner.call('POST', '/runners/create.json', { body: { ...one, pair } })).body as SupersetAnswer;

  it('talks to each other, each with its own arguments, files, figures and end', async () => {
    const secret = Buffer.from('42');
    await runner.upload(secret);
    const guesser = program('for g in 1 50 42; do echo $g; read answer; echo $answer >&2; done; exit 3');
    const judge = program(
      'read n < /files/secret; while read g; do [ $g = $n ] && break; echo no; done; echo "$1"; sleep 0.2',
      { args: ['found'], files: [{ name: 'secret', digest: sha256(secret) }] },
    );
    const answer = await create(guesser, judge);
    expect(answer).toMatchObject({
      first_ended: 'run',
      build: { succeeded: true },
      pair_build: { succeeded: true },
      run: { status: 'exited', exit_code: 3, stdout: { length: 0 } },
      pair_run: { status: 'exited', exit_code: 0, stdout: { length: 0 } },
    });
    expect(text(answer.run?.stderr)).toBe('no\nno\nfound\n');
    expect(answer.pair_run?.wall_time_us).toBeGreaterThan(200_000);
  });

  it('has limits for each: the one that spins is stopped, the other ends by its end', async () => {
    const spinning = program('while :; do :; done', { limits: { ...LIMITS, cpu_time_us: 300_000 } });
    const answer = await create(program('read x; exit 5'), spinning);
    expect(answer).toMatchObject({
      first_ended: 'pair',
      run: { status: 'exited', exit_code: 5 },
      pair_run: { status: 'cpuTimeExceeded' },
    });
  });

  it('is not run when one of them does not build, and tells which', async () => {
    const broken = { ...program('int main(void) { return x; }'), language: 'c' };
    const answer = await create(program('echo'), broken);
    expect(answer).toMatchObject({ build: { succeeded: true }, pair_build: { succeeded: false } });
    expect([answer.run, answer.pair_run, answer.first_ended]).toEqual([undefined, undefined, undefined]);
  });
});

describe('Cancelling', () => {
  const id = (letter: string) => letter.repeat(22);
  const cancel = async (which: string) => (await runner.call('POST', '/runners/cancel', { body: { id: which } })).body;
  const running = async () => (await runner.call('GET', '/runners/runs.json')).body.ids as string[];
  const sleeper = (which: string) =>
    runner.run(bash('sleep 60', { limits: { wall_time_us: 60_000_000 }, more: { id: which } }));

  it('ends a run that runs, one that waits, and answers both at once', async () => {
    const { slots } = await runner.capabilities();
    const ids = ['a', 'b', 'c', 'd'].map(id).slice(0, slots + 1);
    const answers = ids.map(sleeper);
    await until('all to be there', 5_000, async () => (await running()).length === ids.length);
    await until('all slots to be busy', 5_000, async () => (await runner.capabilities()).busy_slots === slots);
    const before = Date.now();
    for (const one of ids.toReversed()) expect(await cancel(one)).toEqual({ cancelled: true });
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ fault: { code: 'CANCELLED' } });
    expect(Date.now() - before).toBeLessThan(2_000);
    expect([await running(), (await runner.capabilities()).busy_slots]).toEqual([[], 0]);
  });

  it('ends the wait for a build', async () => {
    const source = '#define A(x) x x x x x x x x\n#define B(x) A(A(A(A(x))))\nint main(void) { B(B(B(;))) }\n';
    const answer = runner.run({ language: 'c', source, more: { id: id('e') } });
    await until('the build', 5_000, async () => (await runner.capabilities()).busy_slots === 1);
    expect(await cancel(id('e'))).toEqual({ cancelled: true });
    expect(await answer).toMatchObject({ fault: { code: 'CANCELLED' } });
  });

  it('of what is over or unknown changes nothing', async () => {
    const answer = await runner.run(bash('echo', { more: { id: id('f') } }));
    expect(answer).toMatchObject({ id: id('f'), run: { status: 'exited' } });
    expect(await cancel(id('f'))).toEqual({ cancelled: false });
  });

  it('needs the secret, and so does the list of runs', async () => {
    const headers = { authorization: '' };
    expect((await runner.call('POST', '/runners/cancel', { body: { id: id('a') }, headers })).status).toBe(403);
    expect((await runner.call('GET', '/runners/runs.json', { headers })).status).toBe(403);
  });

  it('cannot hit another create: an id in use is refused', async () => {
    const first = sleeper(id('g'));
    await until('the first', 5_000, async () => (await running()).includes(id('g')));
    const body = createBody(bash('echo', { more: { id: id('g') } }));
    expect((await runner.call('POST', '/runners/create.json', { body })).status).toBe(400);
    await cancel(id('g'));
    expect(await first).toMatchObject({ fault: { code: 'CANCELLED' } });
  });
});

it('An urgent create goes before all that wait', async () => {
  const { slots } = await runner.capabilities();
  const order: string[] = [];
  const run = (name: string, seconds: number, more: Partial<SupersetCreate> = {}) =>
    runner.run(bash(`sleep ${seconds}`, { more })).then(() => order.push(name));
  const first = Array.from({ length: slots }, (_, at) => run('first', 0.5 + at));
  await until('all slots to be busy', 5_000, async () => (await runner.capabilities()).busy_slots === slots);
  const waiting = [run('waiting', 0.3), run('waiting', 0.3)];
  await sleep(100);
  const probe = run('probe', 0, { urgent: true });
  await Promise.all([...first, ...waiting, probe]);
  expect(order.indexOf('probe')).toBeLessThan(order.indexOf('waiting'));
});

describe('A guest', () => {
  const headers = { authorization: '' };
  const guest = { api_key: 'guest', language: 'bash', source_code: 'echo' };

  it.each([
    ['limits', { limits: LIMITS }],
    ['files', { files: [] }],
    ['args', { args: ['x'] }],
    ['an input by digest', { input_digest: sha256(Buffer.from('')) }],
    ['a pair', { pair: guest }],
    ['exclusive', { exclusive: true }],
    ['urgent', { urgent: true }],
    ['build_only', { build_only: true }],
  ])('is refused with %s, as body and as query', async (_what, field) => {
    const asBody = await runner.call('POST', '/runners/create.json', { body: { ...guest, ...field }, headers });
    const query = new URLSearchParams({ ...guest, [Object.keys(field)[0] ?? '']: '1' }).toString();
    const asQuery = await runner.call('POST', `/runners/create?${query}`, { headers });
    for (const { status, body } of [asBody, asQuery]) {
      expect(status).toBe(403);
      expect(body.error).toMatch(/secret/);
      expect(body.id).toBeUndefined();
    }
  });
});

describe('Mistakes are named', () => {
  const good = createBody(bash('echo'));
  const file = { name: 'f', digest: 'a'.repeat(64) };
  it.each([
    [{ id: 'short' }, /id must/],
    [{ args: 'x' }, /args/],
    [{ args: ['nul\0'] }, /args/],
    [{ args: [1] }, /args/],
    [{ args: Array.from({ length: 65 }, () => '') }, /args/],
    [{ files: [{ ...file, name: '../x' }] }, /name/],
    [{ files: [{ ...file, name: '..' }] }, /name/],
    [{ files: [{ ...file, name: '' }] }, /name/],
    [{ files: [{ ...file, digest: '../../etc/passwd' }] }, /digest/],
    [{ files: [file, file] }, /twice/],
    [{ files: Array.from({ length: 17 }, (_, at) => ({ ...file, name: `f${at}` })) }, /files/],
    [{ exclusive: 'yes' }, /exclusive/],
    [{ pair: { ...good, limits: undefined } }, /limits/],
    [{ pair: good, input_digest: 'a'.repeat(64) }, /pair/],
    [{ pair: [] }, /pair/],
  ])('%j', async (wrong, error) => {
    const answer = await runner.call('POST', '/runners/create.json', { body: { ...good, ...wrong } });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(error);
  });
});

it('Nothing of outputs that nobody fetches is left when the client is gone', async () => {
  const gone = new AbortController();
  const input = Buffer.alloc(1_000_000, 'x');
  await runner.upload(input);
  const answer = runner.run(bash('cat; sleep 1', { input, signal: gone.signal }));
  answer.catch(() => {});
  await sleep(500);
  gone.abort();
  await expect(answer).rejects.toThrow(/abort/i);
  const left = () =>
    ['outputs', 'captured'].flatMap((name) => readdirSync(path.join(runner.dataFolder, 'cache', name)));
  await until('the run to end', 5_000, async () => left().length === 0);
  expect(readdirSync(path.join(runner.dataFolder, blobs))).toContain(sha256(input));
});
