import { jest } from '@jest/globals';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import { startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(120_000);

let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner({ SAIBAN_LANGUAGES: 'bash,c,python3' });
});
afterAll(() => runner.stop());

type Fields = Record<string, unknown>;
type Call = 'create' | 'get_status' | 'get_details';

interface Sent {
  readonly method: string;
  readonly query?: string;
  readonly body?: string;
  /** By name: right, absent, wrong. */
  readonly types: readonly [string, null, string];
}

const JSON_TYPE = 'application/json; charset=utf-8';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const form = (fields: Fields) => new URLSearchParams(fields as Record<string, string>).toString();

/** The ways in which clients in the wild send their parameters. */
const STYLES: Record<string, (call: Call, fields: Fields) => Sent> = {
  'a query string with an empty body': (call, fields) => ({
    method: call === 'create' ? 'POST' : 'GET',
    query: form(fields),
    body: '',
    types: [FORM_TYPE, null, JSON_TYPE],
  }),
  'a form body': (_call, fields) => ({ method: 'POST', body: form(fields), types: [FORM_TYPE, null, JSON_TYPE] }),
  'a JSON body': (_call, fields) => ({
    method: 'POST',
    body: JSON.stringify(fields),
    types: [JSON_TYPE, null, FORM_TYPE],
  }),
  'a GET with a JSON body': (_call, fields) => ({
    method: 'GET',
    body: JSON.stringify(fields),
    types: [JSON_TYPE, null, 'text/plain'],
  }),
};

const PATHS: Record<string, (call: Call) => string> = {
  plain: (call) => `/runners/${call}`,
  'with .json': (call) => `/runners/${call}.json`,
  'with a trailing slash': (call) => `/runners/${call}/`,
  'with two slashes': (call) => `//runners/${call}`,
};

/** As it stands, without what a client library would add or refuse. */
async function send(route: string, { method, query, body = '' }: Sent, type: string | null): Promise<Fields> {
  const headers = {
    'content-length': Buffer.byteLength(body),
    ...(type === null ? {} : { 'content-type': type }),
  };
  const request = http.request(runner.url, { method, path: query ? `${route}?${query}` : route, headers });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringMatching(/json/)]);
  return JSON.parse(Buffer.concat(chunks).toString()) as Fields;
}

/** 200 kB that a careless decoder would spoil. */
const SOURCE = `# ${'x'.repeat(200_000)} 100% a+b=c&d=e "日本" \\n\nread n; printf '%s+é&' $((n + 1))\n`;

const styles = Object.keys(STYLES);
const paths = Object.keys(PATHS);
const types = ['right', 'absent', 'wrong'] as const;

describe.each(styles)('A client that sends %s', (style) => {
  describe.each(paths)('to paths %s', (paths) => {
    it.each(types)('gets all three answers when the content type is %s', async (type) => {
      const at = types.indexOf(type);
      const call = (name: Call, fields: Fields) => {
        const sent = STYLES[style]?.(name, fields) as Sent;
        return send(PATHS[paths]?.(name) ?? '', sent, sent.types[at] ?? null);
      };
      const program = { language: 'bash', source_code: SOURCE, input: '41\n' };
      const created = await call('create', { api_key: 'guest', ...program, longpoll: 'true' });
      expect(created).toEqual({ id: expect.stringMatching(/^[\w-]{22}$/), status: 'completed' });
      const which = { api_key: 'guest', id: created['id'] };
      expect(await call('get_status', which)).toEqual({ id: created['id'], status: 'completed' });
      const details = await call('get_details', which);
      expect(details).toMatchObject({ id: created['id'], stdout: '42+é&', stderr: '', result: 'success' });
      expect(typeof details['time']).toBe(paths === 'with .json' ? 'number' : 'string');
    });
  });
});

it.each([
  ['/runners/get_details.json', 'number'],
  ['/runners/get_details.json/', 'number'],
  ['//runners//get_details.json', 'number'],
  ['/runners/get_details', 'string'],
  ['/runners/get_details/', 'string'],
  ['//runners/get_details//', 'string'],
])('The times at %s are a %s', async (route, type) => {
  const fields = { api_key: 'guest', language: 'c', source_code: 'int main(void) { return 0; }', longpoll: true };
  const { id } = await send(
    '/runners/create',
    { method: 'POST', body: JSON.stringify(fields), types: ['', null, ''] },
    null,
  );
  const query = form({ api_key: 'guest', id });
  const details = await send(route, { method: 'GET', query, types: ['', null, ''] }, null);
  expect([typeof details['time'], typeof details['build_time'], typeof details['memory']]).toEqual([
    type,
    type,
    'number',
  ]);
});

/** A client that nobody here wrote: the npm package of that name, with only its host changed. */
describe('The client paiza-io', () => {
  type Details = Fields & { stdout: string | null };
  type Client = (
    language: string,
    source: string,
    input: string,
    callback: (error: Error | null, details?: Details) => void,
  ) => void;

  const run = (language: string, source: string, input: string): Promise<Details> => {
    const require = createRequire(import.meta.url);
    (require('paiza-io/src/config.json') as { base_url: string }).base_url = runner.url;
    const client = require('paiza-io') as Client;
    return new Promise((resolve, reject) => {
      client(language, source, input, (error, details) => (details ? resolve(details) : reject(error)));
    });
  };

  it('runs a program', async () => {
    const source = 'import sys\nprint(sum(map(int, sys.stdin)))\nprint("日本", file=sys.stderr)\n';
    expect(await run('python3', source, '20\n22\n')).toMatchObject({
      stdout: '42\n',
      stderr: '日本\n',
      result: 'success',
      exit_code: 0,
    });
  });

  it('compiles one, and sees why another does not compile', async () => {
    const good = '#include <stdio.h>\nint main(void) { puts("built"); return 3; }\n';
    expect(await run('c', good, '')).toMatchObject({ build_result: 'success', stdout: 'built\n', exit_code: 3 });
    const bad = await run('c', 'int main(void) { return x; }\n', '');
    expect(bad).toMatchObject({
      build_result: 'failure',
      stdout: null,
      build_stderr: expect.stringContaining('error'),
    });
  });

  it('hears of a mistake', async () => {
    await expect(run('klingon', 'x', '')).rejects.toThrow(/paiza.io error: Unknown language/);
  });
});
