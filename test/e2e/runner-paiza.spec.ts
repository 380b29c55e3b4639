import { jest } from '@jest/globals';
import { until } from '../support/child.js';
import { startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(240_000);

let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner({ SAIBAN_LANGUAGES: 'bash,c,python3', RUNNER_GUEST_TIME_LIMIT_MS: '3000' });
});
afterAll(() => runner.stop());

type Fields = Record<string, unknown>;

/** As a stranger: without the secret. */
const call = (method: string, route: string, body?: string, type?: string) =>
  runner.call(method, route, {
    headers: { authorization: '', ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  });

const GUEST = { api_key: 'guest' };
const sum = { ...GUEST, language: 'python3', source_code: 'print(int(input()) + 1)', input: '41\n' };

async function details(id: unknown, route = '/runners/get_details.json'): Promise<Fields> {
  return until('the run', 30_000, async () => {
    const { body } = await call('GET', `${route}?api_key=guest&id=${String(id)}`);
    return body.status === 'completed' ? (body as Fields) : null;
  });
}

async function run(fields: Fields): Promise<Fields> {
  const { body } = await call('POST', '/runners/create.json', JSON.stringify({ ...GUEST, ...fields }));
  return details(body.id);
}

describe('details', () => {
  it('has every field of the reference for a compiled program', async () => {
    const c = '#include <stdio.h>\nint main(void) { fputs("e", stderr); puts("o"); return 3; }\n';
    const body = await run({ language: 'c', source_code: c });
    expect(body['build_time']).toBeGreaterThan(0.01);
    expect(body['build_memory']).toBeGreaterThan(1_000_000);
    expect(body).toEqual({
      id: expect.any(String),
      language: 'c',
      note: null,
      status: 'completed',
      build_stdout: '',
      build_stderr: '',
      build_exit_code: 0,
      build_time: expect.any(Number),
      build_memory: expect.any(Number),
      build_result: 'success',
      stdout: 'o\n',
      stderr: 'e',
      exit_code: 3,
      time: expect.any(Number),
      memory: expect.any(Number),
      connections: 0,
      result: 'failure',
    });
  });

  it('has no build for an interpreted one', async () => {
    expect(await run(sum)).toMatchObject({
      build_result: null,
      build_stdout: null,
      build_stderr: null,
      build_time: null,
      build_exit_code: 0,
      result: 'success',
      exit_code: 0,
    });
  });

  it('has no run after a failed build', async () => {
    const body = await run({ language: 'c', source_code: 'int main(void) { return x; }' });
    expect(body).toMatchObject({ build_result: 'failure', stdout: null, stderr: null, exit_code: null, time: null });
    expect(body).toMatchObject({ memory: null, result: null, build_stderr: expect.stringContaining('error') });
  });

  it('gives numbers with .json and strings without', async () => {
    const { body } = await call('POST', '/runners/create.json', JSON.stringify(sum));
    expect((await details(body.id))['time']).toEqual(expect.any(Number));
    expect((await details(body.id, '/runners/get_details'))['time']).toMatch(/^\d+\.\d+$/);
  });

  it('says timeout for a program that spins', async () => {
    expect(await run({ language: 'bash', source_code: 'while :; do :; done' })).toMatchObject({ result: 'timeout' });
  });

  it('gives the shell’s exit code for a signal', async () => {
    expect(await run({ language: 'bash', source_code: 'kill -SEGV $$' })).toMatchObject({
      result: 'failure',
      exit_code: 139,
    });
  });
});

describe('longpoll', () => {
  it.each([false, 'false', 0, '0', '', null])('is not asked for by %p', async (longpoll) => {
    const body = JSON.stringify({ ...sum, longpoll, longpoll_timeout: '' });
    const answer = (await call('POST', '/runners/create.json', body)).body;
    expect(answer).toEqual({ id: expect.any(String), status: 'running' });
    await details(answer.id);
  });

  it.each(['', null, 'soon', -1, [5]])('waits ten seconds when the timeout is %p', async (longpollTimeout) => {
    const body = JSON.stringify({ ...sum, longpoll: true, longpoll_timeout: longpollTimeout });
    expect((await call('POST', '/runners/create.json', body)).body['status']).toBe('completed');
  });

  it.each([true, 'true', 1, '1'])('answers when the run is completed (%p)', async (longpoll) => {
    const body = JSON.stringify({ ...sum, longpoll, longpoll_timeout: '20' });
    expect((await call('POST', '/runners/create.json', body)).body).toEqual({
      id: expect.any(String),
      status: 'completed',
    });
  });

  it.each([1, '1', 1.0, '1.0'])('says when it does not end in time (%p)', async (longpollTimeout) => {
    const slow = {
      ...GUEST,
      language: 'bash',
      source_code: 'sleep 2',
      longpoll: true,
      longpoll_timeout: longpollTimeout,
    };
    const { body } = await call('POST', '/runners/create.json', JSON.stringify(slow));
    expect(body).toMatchObject({ status: 'running', error: expect.stringContaining('longpoll timeout') });
    expect(await details(body.id)).toMatchObject({ result: 'success' });
  });
});

describe('mistakes are answers with HTTP 200 and error', () => {
  it.each([
    ['no key', { ...sum, api_key: undefined }, /api_key/],
    ['another key', { ...sum, api_key: 'mine' }, /api_key/],
    ['no language', { ...sum, language: undefined }, /language/],
    ['an unknown language', { ...sum, language: 'klingon' }, /klingon/],
    ['no source', { ...sum, source_code: undefined }, /source_code/],
    ['a source too long', { ...sum, source_code: '#'.repeat(257 * 1024) }, /Too long/],
    ['a source of megabytes', { ...sum, source_code: '#'.repeat(7 * 1024 * 1024) }, /Too long/],
    ['a source beyond what the server reads', { ...sum, source_code: '#'.repeat(9 * 1024 * 1024) }, /Too long/],
    ['an input too long', { ...sum, input: 'x'.repeat(2 * 1024 * 1024) }, /Too long/],
  ])('%s', async (_name, fields, error) => {
    const { status, body } = await call('POST', '/runners/create.json', JSON.stringify(fields), 'application/json');
    expect(status).toBe(200);
    expect(body.error).toMatch(error);
    expect(body.id).toBeUndefined();
  });

  it('a query string beyond what the server reads', async () => {
    const { status, body } = await call('POST', `/runners/create.json?source_code=${'x'.repeat(1_200_000)}`);
    expect([status, body.error]).toEqual([200, expect.stringMatching(/Too long/)]);
  });

  it('no id, and a key that is missing or wrong, at every call', async () => {
    for (const name of ['get_status.json', 'get_status', 'get_details.json', 'get_details']) {
      for (const [query, why] of [
        ['api_key=guest', /id is missing/],
        ['api_key=mine&id=x', /api_key/],
        ['id=x', /api_key/],
      ] as const) {
        const { status, body } = await call('GET', `/runners/${name}?${query}`);
        expect([status, body.error]).toEqual([200, expect.stringMatching(why)]);
      }
    }
  });

  it('an id that is nobody’s', async () => {
    for (const route of ['/runners/get_status.json', '/runners/get_details']) {
      const { status, body } = await call('GET', `${route}?api_key=guest&id=${'A'.repeat(22)}`);
      expect([status, typeof body.error]).toEqual([200, 'string']);
    }
  });
});

it('lets pages of other origins in, preflight too', async () => {
  const headers = {
    authorization: '',
    origin: 'https://example.org',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };
  const preflight = await runner.call('OPTIONS', '/runners/create.json', { headers });
  expect(preflight.status).toBeLessThan(300);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/content-type/i);
});

it('answers at once that the queue is full, runs what it took, and takes more afterwards', async () => {
  const body = JSON.stringify({ ...GUEST, language: 'bash', source_code: 'sleep 0.1; echo $((1 + 1))' });
  const before = Date.now();
  const answers = await Promise.all(Array.from({ length: 200 }, () => call('POST', '/runners/create', body)));
  expect(Date.now() - before).toBeLessThan(5_000);
  const taken = answers.filter((answer) => typeof answer.body.id === 'string');
  const refused = answers.filter((answer) => typeof answer.body.id !== 'string');
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  // Those that end while the others come in make room.
  expect(taken.length).toBeGreaterThanOrEqual(20);
  expect(refused.length).toBeGreaterThan(100);
  for (const answer of refused) expect(answer.body).toEqual({ error: expect.stringMatching(/queue is full/) });
  for (const answer of taken) expect(await details(answer.body.id)).toMatchObject({ result: 'success', stdout: '2\n' });
  expect(await run(sum)).toMatchObject({ stdout: '42\n' });
});

it('limits how often an address may create', async () => {
  const strict = await startRunner({ SAIBAN_LANGUAGES: 'bash', RATE_GUEST_BURST: '2', RATE_GUEST_PER_MINUTE: '1' });
  try {
    const options = { headers: { authorization: '' }, body: { ...GUEST, language: 'bash', source_code: 'echo' } };
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await strict.call('POST', '/runners/create.json', options));
    expect(answers.map(({ body }) => 'error' in body)).toEqual([false, false, true]);
    expect(answers[2]?.body.error).toMatch(/Too many requests/);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
  } finally {
    await strict.stop();
  }
});
