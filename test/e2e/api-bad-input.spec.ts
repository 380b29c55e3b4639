import { jest } from '@jest/globals';
import net from 'node:net';
import { type ApiUser, problemBody, TestApi } from '../support/api.js';
import { zipOf, type ZipEntry } from '../support/zip.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** The machine may be busy with other tests. */
const TIMEOUT_MS = 60_000;
jest.setTimeout(TIMEOUT_MS);

let api: TestApi;
let student: ApiUser;
let instructor: ApiUser;
let slug: string;

beforeAll(async () => {
  api = await TestApi.start({ RATE_SUBMIT_BURST: '1000', RATE_RUN_BURST: '1000', RATE_FAILED_LOGIN_BURST: '1000' });
  [student, instructor] = [await api.user('student'), await api.user('instructor')];
  slug = await api.problem(instructor);
});
afterAll(() => api.stop());
beforeEach(() => api.heartbeat());

/** Rows of every table that a refused call could have written to. */
async function rowCounts() {
  const { prisma } = api;
  const tables = [prisma.user, prisma.problem, prisma.problemRevision, prisma.testCase, prisma.blob, prisma.blobChunk];
  const more = [prisma.submission, prisma.judgement, prisma.trial, prisma.invite, prisma.auditEvent];
  return Promise.all([...tables, ...more].map((table) => (table as typeof prisma.user).count()));
}

async function expectRefused(status: number, code: string, call: () => Promise<{ status: number; text: string }>) {
  const before = await rowCounts();
  const answer = await call();
  expect({ status: answer.status, body: JSON.parse(answer.text) as object }).toEqual({
    status,
    body: expect.objectContaining({ code, message: expect.stringMatching(/^.{10,}[.}]$/su) }) as object,
  });
  expect(await rowCounts()).toEqual(before);
}

/** Bytes as they are, with any content type. */
async function raw(route: string, token: string | null, body: string | Buffer, contentType = 'application/json') {
  const [method = '', path = ''] = route.split(' ');
  const headers = { 'content-type': contentType, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${api.url}${path}`, { method, headers, body: new Uint8Array(Buffer.from(body)) });
  return { status: answer.status, text: await answer.text() };
}

const submit = (fields: object) =>
  api.call('POST /api/submissions', {
    token: student.token,
    body: { problem: slug, language: 'cpp', source: 'int main() {}', ...fields },
  });
const create = (fields: object) =>
  api.call('POST /api/problems', { token: instructor.token, body: problemBody({ slug: 'refused', ...fields }) });
const oneTestCase = (fields: object) => create({ testCases: [{ input: '1', answer: '1', ...fields }] });

describe('A submission is refused when', () => {
  it.each([
    ['its language is unknown', 400, 'UNKNOWN_LANGUAGE', { language: 'klingon' }],
    ['its language is a name of JavaScript itself', 400, 'UNKNOWN_LANGUAGE', { language: 'constructor' }],
    ['no live worker has its language ready', 409, 'LANGUAGE_NOT_READY', { language: 'java' }],
    ['no worker ever spoke of its language', 409, 'LANGUAGE_NOT_READY', { language: 'rust' }],
    ['its problem is unknown', 404, 'PROBLEM_NOT_FOUND', { problem: 'nothing-here' }],
    ['its problem is no slug', 404, 'PROBLEM_NOT_FOUND', { problem: '../admin' }],
    ['its source is empty', 400, 'SOURCE_EMPTY', { source: '' }],
    ['its source is only blanks', 400, 'SOURCE_EMPTY', { source: ' \n\t' }],
    ['its source is a byte too long', 400, 'SOURCE_TOO_LARGE', { source: 'x'.repeat(256 * KIB + 1) }],
    ['its source is too long in bytes, not in characters', 400, 'SOURCE_TOO_LARGE', { source: '裁'.repeat(90_000) }],
    ['its source holds NUL', 400, 'SOURCE_HAS_NUL', { source: 'int\0main' }],
    ['its source holds a lone surrogate', 400, 'SOURCE_NOT_UTF8', { source: 'x\ud800y' }],
    ['its source is a number', 400, 'VALIDATION_FAILED', { source: 5 }],
    ['its source is null', 400, 'VALIDATION_FAILED', { source: null }],
    ['it has an unknown field', 400, 'VALIDATION_FAILED', { priority: 1 }],
    ['its language holds NUL', 400, 'VALIDATION_FAILED', { language: 'c\0' }],
  ])('%s: %i %s', (_, status, code, fields) => expectRefused(status, code, () => submit(fields)));

  it('its raw body is broken UTF-8', () =>
    expectRefused(400, 'BODY_NOT_UTF8', () =>
      raw(
        'POST /api/submissions',
        student.token,
        Buffer.from(`{"problem":"${slug}","language":"cpp","source":"\xff"}`, 'latin1'),
      ),
    ));

  it('its Idempotency-Key is no key', () =>
    expectRefused(400, 'IDEMPOTENCY_KEY_INVALID', () =>
      api.call('POST /api/submissions', {
        token: student.token,
        headers: { 'idempotency-key': 'k'.repeat(200) },
        body: { problem: slug, language: 'cpp', source: 'x' },
      }),
    ));

  it('says the state and the reason of a language that is not ready', async () => {
    const { body } = await submit({ language: 'java' });
    expect(body).toMatchObject({ state: 'failed', reason: 'Its self-test failed.' });
  });

  it('takes a source of exactly 256 KiB, and every character of UTF-8', async () => {
    const source = `裁判 👩‍🏫\u{10ffff}\ufffd\r\n${'x'.repeat(200 * KIB)}`.padEnd(256 * KIB - 20, 'y');
    const answer = await submit({ source });
    expect(answer.status).toBe(201);
    const id = BigInt((answer.body as { id: string }).id);
    const row = await api.prisma.submission.findUniqueOrThrow({ where: { id } });
    expect(Buffer.from(row.source).equals(Buffer.from(source, 'utf8'))).toBe(true);
  });
});

describe('A body is refused when', () => {
  it.each([
    ['it is not JSON', 400, 'JSON_MALFORMED', '{"username":', 'application/json'],
    ['it is an array', 400, 'JSON_NOT_AN_OBJECT', '[]', 'application/json'],
    ['it is a text', 400, 'JSON_NOT_AN_OBJECT', '"x"', 'application/json'],
    ['it would change a prototype', 400, 'JSON_MALFORMED', '{"__proto__":{"role":"admin"}}', 'application/json'],
    ['it is a form', 415, 'CONTENT_TYPE_NOT_SUPPORTED', 'username=a', 'application/x-www-form-urlencoded'],
    ['it is plain text, which needs no preflight', 415, 'CONTENT_TYPE_NOT_SUPPORTED', '{}', 'text/plain'],
    ['it is multipart', 415, 'CONTENT_TYPE_NOT_SUPPORTED', '--x--', 'multipart/form-data; boundary=x'],
    ['it is over its limit', 413, 'BODY_TOO_LARGE', `"${'x'.repeat(70 * KIB)}"`, 'application/json'],
    ['it is empty', 400, 'VALIDATION_FAILED', '', 'application/json'],
  ])('%s: %i %s', (_, status, code, body, contentType) =>
    expectRefused(status, code, () => raw('POST /api/auth/login', null, body, contentType)),
  );

  it('is not even read from someone who may not send it', async () => {
    const answer = await openRequest(
      `POST /api/problems HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${16 * MIB}\r\n\r\n{`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });
});

/** Sends these bytes and waits for an answer although the body never ends. */
function openRequest(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(api.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(5000, () => reject(new Error('No answer within 5 s.')));
    socket.once('data', (answer) => {
      resolve(answer.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('An address is refused when', () => {
  it.each([
    ['there is no such route', 404, 'ROUTE_NOT_FOUND', 'GET /api/nothing'],
    ['the method is another', 404, 'ROUTE_NOT_FOUND', 'PUT /api/submissions'],
    ['it cannot be decoded', 400, 'URL_MALFORMED', 'GET /api/problems/%zz'],
    ['the slug holds NUL', 404, 'PROBLEM_NOT_FOUND', 'GET /api/problems/a%00b'],
    ['the slug climbs', 404, 'PROBLEM_NOT_FOUND', 'GET /api/problems/..%2f..%2fetc'],
    ['the submission is no number', 404, 'SUBMISSION_NOT_FOUND', 'GET /api/submissions/1e3'],
    ['the submission is negative', 404, 'SUBMISSION_NOT_FOUND', 'GET /api/submissions/-1'],
    ['the submission is over bigint', 404, 'SUBMISSION_NOT_FOUND', 'GET /api/submissions/99999999999999999999'],
    ['the submission is unknown', 404, 'SUBMISSION_NOT_FOUND', 'GET /api/submissions/999999999999'],
    ['the run is unknown', 404, 'RUN_NOT_FOUND', 'GET /api/runs/AAAAAAAAAAAAAAAAAAAAAA'],
    ['the run is no token', 404, 'RUN_NOT_FOUND', 'GET /api/runs/%00'],
    ['the page is 0', 400, 'VALIDATION_FAILED', 'GET /api/leaderboard?page=0'],
    ['the page is no number', 400, 'VALIDATION_FAILED', 'GET /api/problems?page=1e1'],
    ['the page is given twice', 400, 'VALIDATION_FAILED', 'GET /api/problems?page=1&page=2'],
    ['the query is unknown', 400, 'VALIDATION_FAILED', 'GET /api/problems?sort=id'],
    ['the query holds NUL', 400, 'VALIDATION_FAILED', 'GET /api/problems?query=%00'],
    ['the limit is over 100', 400, 'VALIDATION_FAILED', 'GET /api/submissions?limit=101'],
    ['the cursor is no id', 400, 'VALIDATION_FAILED', 'GET /api/submissions?before=0x1'],
    ['the verdict is unknown', 400, 'VALIDATION_FAILED', 'GET /api/submissions?verdict=OK'],
    ['the docs have no such file', 404, 'ROUTE_NOT_FOUND', 'GET /api/docs/..%2f..%2fpackage.json'],
  ])('%s: %i %s', async (_, status, code, route) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await fetch(`${api.url}${path}`, { method, headers: { authorization: `Bearer ${student.token}` } });
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status, body: { code } });
  });
});

describe('A problem is refused when', () => {
  it.each([
    ['its slug has capitals', 400, 'VALIDATION_FAILED', { slug: 'Upper' }],
    ['its slug is taken', 409, 'SLUG_TAKEN', null],
    ['it has no test case', 400, 'VALIDATION_FAILED', { testCases: [] }],
    [
      'it has too many test cases',
      400,
      'VALIDATION_FAILED',
      { testCases: Array.from({ length: 1001 }, () => ({ input: '', answer: '' })) },
    ],
    ['a test case has no answer', 400, 'VALIDATION_FAILED', { testCases: [{ input: '1' }] }],
    ['a test case is a text', 400, 'VALIDATION_FAILED', { testCases: ['1'] }],
    ['its time limit is 0', 400, 'VALIDATION_FAILED', { timeLimitMs: 0 }],
    ['its time limit is over a minute', 400, 'VALIDATION_FAILED', { timeLimitMs: 60_001 }],
    ['its time limit is a fraction', 400, 'VALIDATION_FAILED', { timeLimitMs: 0.5 }],
    ['its memory limit is 5 TiB', 400, 'VALIDATION_FAILED', { memoryLimitBytes: 5 * 2 ** 40 }],
    ['its statement is over 1 MiB', 400, 'VALIDATION_FAILED', { statement: 'x'.repeat(MIB + 1) }],
    ['its statement holds NUL', 400, 'VALIDATION_FAILED', { statement: '\0' }],
    ['its checker is unknown', 400, 'VALIDATION_FAILED', { checker: 'toString' }],
    ['its tolerance is negative', 400, 'VALIDATION_FAILED', { checkerOptions: { absolute: -1 } }],
    ['its tolerance is a text', 400, 'VALIDATION_FAILED', { checkerOptions: { absolute: '1' } }],
    ['its checker has unknown options', 400, 'VALIDATION_FAILED', { checkerOptions: { absolut: 1 } }],
    ['a tag is no text', 400, 'VALIDATION_FAILED', { tags: [{}] }],
    ['its visibility is null', 400, 'VALIDATION_FAILED', { visibility: null }],
  ])('%s: %i %s', (_, status, code, fields) => expectRefused(status, code, () => create(fields ?? { slug })));

  it('a test case holds half a surrogate pair', () =>
    expectRefused(400, 'VALIDATION_FAILED', () => oneTestCase({ input: '\udc00' })));

  it('names the refused fields by their paths', async () => {
    const { body } = await create({ title: '', testCases: [{ input: '1', answer: 5 }] });
    expect((body as { fields: string[] }).fields).toEqual(expect.arrayContaining(['title', 'testCases.0.answer']));
  });
});

const form = (fields: Readonly<Record<string, string>>) => {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
};

async function send(form: FormData, by = instructor) {
  const headers = { authorization: `Bearer ${by.token}` };
  const answer = await fetch(`${api.url}/api/problems/import`, { method: 'POST', body: form, headers });
  return { status: answer.status, text: await answer.text() };
}

function importing(zip: Buffer, fields: Readonly<Record<string, string>> = {}, by = instructor) {
  const body = form(fields);
  body.set('file', new Blob([new Uint8Array(zip)]), 'imported.zip');
  return send(body, by);
}

describe('An import is refused when', () => {
  const pair = [
    { path: 'data/secret/1.in', content: '1' },
    { path: 'data/secret/1.ans', content: '1' },
  ];
  const yaml = (content: string): ZipEntry[] => [...pair, { path: 'problem.yaml', content }];

  it.each<[string, number, string, Buffer]>([
    ['it is no zip', 400, 'PROBLEM_ZIP_INVALID', Buffer.from('PK? No.')],
    ['it is empty', 400, 'PROBLEM_ZIP_INVALID', Buffer.alloc(0)],
    ['it is cut off', 400, 'PROBLEM_ZIP_INVALID', zipOf(pair).subarray(0, 90)],
    ['it holds nothing', 400, 'PROBLEM_ZIP_NO_TEST_CASES', zipOf([])],
    ['it has no pairs', 400, 'PROBLEM_ZIP_NO_TEST_CASES', zipOf([{ path: 'readme.txt', content: 'x' }])],
    [
      'an input has no answer',
      400,
      'PROBLEM_ZIP_UNPAIRED',
      zipOf([...pair, { path: 'data/secret/2.in', content: '' }]),
    ],
    [
      'an answer has no input',
      400,
      'PROBLEM_ZIP_UNPAIRED',
      zipOf([...pair, { path: 'data/secret/2.out', content: '' }]),
    ],
    [
      'an input has two answers',
      400,
      'PROBLEM_ZIP_UNPAIRED',
      zipOf([...pair, { path: 'data/secret/1.out', content: '' }]),
    ],
    ['a path climbs', 400, 'PROBLEM_ZIP_UNSAFE_PATH', zipOf([...pair, { path: '../1.in', content: '' }])],
    ['a path climbs within', 400, 'PROBLEM_ZIP_UNSAFE_PATH', zipOf([...pair, { path: 'a/../../b.in', content: '' }])],
    ['a path is absolute', 400, 'PROBLEM_ZIP_UNSAFE_PATH', zipOf([...pair, { path: '/etc/1.in', content: '' }])],
    ['a path is Windows’ own', 400, 'PROBLEM_ZIP_UNSAFE_PATH', zipOf([...pair, { path: '..\\1.in', content: '' }])],
    ['a path holds NUL', 400, 'PROBLEM_ZIP_UNSAFE_PATH', zipOf([...pair, { path: 'a\0.in', content: '' }])],
    [
      'it holds a link',
      400,
      'PROBLEM_ZIP_UNSAFE_PATH',
      zipOf([...pair, { path: 'l.in', content: '/etc', mode: 0o120777 }]),
    ],
    ['it is encrypted', 400, 'PROBLEM_ZIP_ENCRYPTED', zipOf([...pair, { path: 'e.in', content: '', flags: 1 }])],
    ['a file is there twice', 400, 'PROBLEM_ZIP_INVALID', zipOf([...pair, ...pair])],
    [
      'a checksum is wrong',
      400,
      'PROBLEM_ZIP_INVALID',
      zipOf([
        ...pair,
        { path: 'data/secret/2.in', content: '2', declaredCrc: 7 },
        { path: 'data/secret/2.ans', content: '' },
      ]),
    ],
    [
      'a file is a bomb',
      413,
      'PROBLEM_ZIP_TOO_LARGE',
      zipOf([...pair, { path: 'b.in', content: Buffer.alloc(65 * MIB) }]),
    ],
    [
      'a bomb lies about its size',
      400,
      'PROBLEM_ZIP_INVALID',
      zipOf([
        { path: 'b.in', content: Buffer.alloc(65 * MIB), declaredSize: 10 },
        { path: 'b.ans', content: '' },
      ]),
    ],
    [
      'all files together are a bomb',
      413,
      'PROBLEM_ZIP_TOO_LARGE',
      zipOf(Array.from({ length: 40 }, (_, at) => ({ path: `${at}.in`, content: 'x', declaredSize: 60 * MIB }))),
    ],
    [
      'it has too many entries',
      413,
      'PROBLEM_ZIP_TOO_LARGE',
      zipOf(Array.from({ length: 5001 }, (_, at) => ({ path: `${at}.in`, content: '' }))),
    ],
    ['problem.yaml is no YAML', 400, 'PROBLEM_YAML_INVALID', zipOf(yaml('a: [1'))],
    ['problem.yaml is a list', 400, 'PROBLEM_YAML_INVALID', zipOf(yaml('- 1'))],
    ['problem.yaml has a text for a number', 400, 'PROBLEM_YAML_INVALID', zipOf(yaml('timeLimitMs: fast'))],
    ['problem.yaml has a limit beyond bounds', 400, 'PROBLEM_YAML_INVALID', zipOf(yaml('memoryLimitBytes: 1'))],
    ['problem.yaml has an unknown checker', 400, 'PROBLEM_YAML_INVALID', zipOf(yaml('checker: magic'))],
    ['problem.yaml has a wicked slug', 400, 'PROBLEM_YAML_INVALID', zipOf(yaml('slug: ../x'))],
    [
      'problem.yaml multiplies itself',
      400,
      'PROBLEM_YAML_INVALID',
      zipOf(
        yaml(
          `a: &a [x,x]\n${'bcdefgh'
            .split('')
            .map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
            .join('\n')}`,
        ),
      ),
    ],
    [
      'problem.yaml is not UTF-8',
      400,
      'PROBLEM_ZIP_INVALID',
      zipOf([...pair, { path: 'problem.yaml', content: Buffer.from([0xff]) }]),
    ],
  ])('%s: %i %s', (_, status, code, zip) => expectRefused(status, code, () => importing(zip)));

  it.each([
    ['its slug is none', 400, 'PROBLEM_SLUG_INVALID', { slug: 'No Slug' }],
    ['its format is unknown', 400, 'UNKNOWN_FORMAT', { format: 'constructor' }],
  ])('%s: %i %s', (_, status, code, fields) => expectRefused(status, code, () => importing(zipOf(pair), fields)));

  it('there is no file', () => expectRefused(400, 'FILE_MISSING', () => send(form({ slug: 'x' }))));

  it('the slug is a problem of somebody else', async () => {
    const other = await api.user('instructor');
    await expectRefused(409, 'SLUG_TAKEN', () => importing(zipOf(pair), { slug }, other));
  });
});
