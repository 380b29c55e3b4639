import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/child.js';
import { startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(120_000);

let runner: TestRunner;

beforeAll(async () => {
  runner = await startRunner({ SAIBAN_LANGUAGES: 'c,python3,bash' });
});
afterAll(() => runner.stop());

interface Example {
  readonly request: string;
  /** JSON, or `HTTP/1.1 STATUS …` with headers and perhaps JSON. */
  readonly answer: string;
}

const page = readFileSync(path.join(ROOT, 'docs/runner-protocol.md'), 'utf8');
const blocks = [...page.matchAll(/^```(?:http|json)\n(.*?)\n```$/gms)].map(([, text = '']) => text);
const examples: Example[] = blocks.flatMap((request, at) =>
  /^(GET|POST|PUT) /.test(request) ? [{ request, answer: blocks[at + 1] ?? '' }] : [],
);

/** Head and body, as HTTP has them. */
function parts(text: string) {
  const [head = '', ...body] = text.split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  const headers: Record<string, string> = {};
  for (const [name = '', value = ''] of lines.map((line) => line.split(': '))) headers[name.toLowerCase()] = value;
  return { first, headers, body: body.join('\n\n') };
}

/** What differs from one machine, or one run, to the next: only its type is compared. */
const VOLATILE = new Set([
  ...[
    'id',
    'toolchain_identity',
    'slots',
    'busy_slots',
    'tier',
    'cgroup',
    'user_namespace',
    'version',
    'time',
    'memory',
  ],
  ...['cpu_time_us', 'wall_time_us', 'memory_peak_bytes', 'approximate'],
]);

/** The real ids by those on the page. */
const ids = new Map<string, string>();
const withRealIds = (text: string) => [...ids].reduce((done, [shown, real]) => done.replaceAll(shown, real), text);

function expectLike(real: unknown, shown: unknown, name: string): void {
  if (name === 'id' && typeof shown === 'string') ids.set(shown, String(real));
  if (VOLATILE.has(name)) return expect([name, typeof real]).toEqual([name, typeof shown]);
  // The page shows the beginning.
  if (typeof shown === 'string' && shown.endsWith('…')) return expect(real).toMatch(new RegExp(`^${escaped(shown)}`));
  if (name === 'languages') return expectLike((real as unknown[])[0], (shown as unknown[])[0], 'language');
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown))
    return expect([name, real]).toEqual([name, shown]);
  expect(Object.keys(real as object)).toEqual(Object.keys(shown));
  for (const [key, value] of Object.entries(shown)) expectLike((real as Record<string, unknown>)[key], value, key);
}

const escaped = (text: string) => text.slice(0, -1).replaceAll(/[+/]/g, String.raw`\$&`);

it('The page has examples of every call', () => {
  const calls = examples.map(({ request }) => /^\w+ \/+runners\/(\w+)/.exec(request)?.[1]);
  expect(new Set(calls)).toEqual(
    new Set(['create', 'get_status', 'get_details', 'capabilities', 'blobs', 'cancel', 'runs', 'outputs']),
  );
  expect(blocks.length).toBe(2 * examples.length);
});

// One after the other, as they stand on the page: a later one uses what an earlier one has made.
it.each(examples)('The example is true: $request', async ({ request, answer }) => {
  const asked = parts(withRealIds(request));
  const [method = '', route = ''] = asked.first.split(' ');
  const authorization = asked.headers['authorization']?.replace('<secret>', runner.secret) ?? '';
  const got = await runner.call(method, route, {
    headers: { ...asked.headers, authorization },
    ...(asked.body === '' ? {} : { body: asked.body }),
  });
  const shown = answer.startsWith('HTTP/') ? parts(answer) : { first: 'HTTP/1.1 200 OK', headers: {}, body: answer };
  expect(`HTTP/1.1 ${got.status}`).toBe(shown.first.slice(0, 'HTTP/1.1 200'.length));
  for (const [name, value] of Object.entries(shown.headers))
    expect([name, got.headers.get(name)]).toEqual([name, value]);
  if (shown.body !== '') expectLike(got.body, JSON.parse(shown.body), 'answer');
});
