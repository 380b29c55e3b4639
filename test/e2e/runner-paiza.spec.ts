import { jest } from '@jest/globals';
import { until } from '../support/child.js';
import { startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(240_000);

let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.stop());

type Fields = Record<string, unknown>;

/** As a stranger: without the secret. */
const call = (method: string, route: string, body?: string, type?: string) =>
  runner.call(method, route, {
    headers: { authorization: '', ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  });

const form = (fields: Fields) => new URLSearchParams(fields as Record<string, string>).toString();

/** The ways in which clients in the wild send their parameters. Node's fetch sends no body with GET: see below. */
const STYLES: Record<string, (route: string, fields: Fields) => Promise<{ body: Fields }>> = {
  'a JSON body': (route, fields) => call('POST', route, JSON.stringify(fields), 'application/json; charset=utf-8'),
  'a JSON body without saying so': (route, fields) => call('POST', route, JSON.stringify(fields)),
  'a JSON body as bytes': (route, fields) => call('POST', route, JSON.stringify(fields), 'application/octet-stream'),
  'a form body': (route, fields) => call('POST', route, form(fields), 'application/x-www-form-urlencoded'),
  'a query string with an empty body': (route, fields) => call('POST', `${route}?${form(fields)}`),
  'a query string, an empty body and a JSON type': (route, fields) =>
    call('POST', `${route}?${form(fields)}`, '', 'application/json'),
  'a GET with a query string': (route, fields) => call('GET', `${route}?${form(fields)}`),
  'a GET with a JSON body': getWithBody,
};

async function getWithBody(route: string, fields: Fields): Promise<{ body: Fields }> {
  const { request } = await import('node:http');
  const body = JSON.stringify(fields);
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(runner.url + route, { method: 'GET', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ body: JSON.parse(Buffer.concat(chunks).toString()) as Fields }));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

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

describe.each(Object.entries(STYLES))('a client that sends %s', (_style, send) => {
  it('creates, asks for the status, and gets the details', async () => {
    const { body: created } = await send('/runners/create.json', sum);
    expect(created).toEqual({ id: expect.stringMatching(/^[\w-]{22}$/), status: 'running' });
    const fields = { ...GUEST, id: created['id'] };
    await until(
      'completed',
      30_000,
      async () => (await send('/runners/get_status.json', fields)).body['status'] === 'completed',
    );
    expect((await send('/runners/get_status.json', fields)).body).toEqual({ id: created['id'], status: 'completed' });
    const { body } = await send('/runners/get_details.json', fields);
    expect(body).toMatchObject({
      id: created['id'],
      language: 'python3',
      stdout: '42\n',
      stderr: '',
      result: 'success',
    });
  });
});

it.each(['/runners/create', '/runners/create/', '/runners/create.json/', '//runners/create', '//runners//create.json'])(
  'answers at %s',
  async (route) => {
    const { body, status } = await call('POST', route, JSON.stringify(sum));
    expect(status).toBe(200);
    expect(body.id).toEqual(expect.any(String));
    expect('error' in body).toBe(false);
  },
);

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
  it.each([true, 'true', 1, '1'])('answers when the run is completed (%p)', async (longpoll) => {
    const body = JSON.stringify({ ...sum, longpoll, longpoll_timeout: '20' });
    expect((await call('POST', '/runners/create.json', body)).body).toEqual({
      id: expect.any(String),
      status: 'completed',
    });
  });

  it.each([1, '1', 1.0])('says when it does not end in time (%p)', async (longpollTimeout) => {
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
    ['an input too long', { ...sum, input: 'x'.repeat(2 * 1024 * 1024) }, /Too long/],
  ])('%s', async (_name, fields, error) => {
    const { status, body } = await call('POST', '/runners/create.json', JSON.stringify(fields), 'application/json');
    expect(status).toBe(200);
    expect(body.error).toMatch(error);
    expect(body.id).toBeUndefined();
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

it('limits how often an address may create', async () => {
  const strict = await startRunner({ RATE_GUEST_BURST: '2', RATE_GUEST_PER_MINUTE: '1' });
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
