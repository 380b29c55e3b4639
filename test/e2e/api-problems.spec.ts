import { jest } from '@jest/globals';
import { type ApiUser, digestOf, marks, problemBody, TestApi } from '../support/api.js';
import { zipOf, type ZipEntry } from '../support/zip.js';

/** The machine may be busy with other tests. */
const TIMEOUT_MS = 60_000;
jest.setTimeout(TIMEOUT_MS);
const MIB = 1024 * 1024;

let api: TestApi;
let owner: ApiUser;
let admin: ApiUser;

beforeAll(async () => {
  api = await TestApi.start();
  [owner, admin] = [await api.user('instructor'), await api.user('admin')];
});
afterAll(() => api.stop());

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const put = (slug: string, body: object, by = owner) =>
  api.call(`PUT /api/problems/${slug}`, { token: by.token, body });
const show = async (slug: string, by: ApiUser | null = owner): Promise<Json> =>
  (await api.call(`GET /api/problems/${slug}`, { token: by?.token })).body;
const bytes = async (slug: string, ordinal: number, side: 'input' | 'answer'): Promise<Buffer> =>
  (await api.call(`GET /api/problems/${slug}/test-cases/${ordinal}/${side}`, { token: owner.token })).body as Buffer;

describe('A problem', () => {
  it('is published by default, with samples first and no secret', async () => {
    const slug = await api.problem(owner, {
      tags: ['easy'],
      testCases: [
        { input: marks.secretInput, answer: marks.secretAnswer },
        { input: '1 2\n', answer: '3\n', sample: true, name: 'first' },
      ],
    });
    const shown = await show(slug, null);
    expect(shown).toMatchObject({ slug, title: 'A+B', visibility: 'published', tags: ['easy'], checker: 'lines' });
    expect(shown.samples).toEqual([{ ordinal: 1, name: 'first', input: '1 2\n', answer: '3\n', truncated: false }]);
    expect(JSON.stringify(shown)).not.toContain('MARK');
    expect((await bytes(slug, 2, 'answer')).toString()).toBe(marks.secretAnswer);
  });

  it('keeps bytes as they are, NUL and all', async () => {
    const input = 'a\0\u{10ffff}\r\n';
    const slug = await api.problem(owner, { testCases: [{ input, answer: '' }] });
    expect((await bytes(slug, 1, 'input')).equals(Buffer.from(input))).toBe(true);
    expect((await bytes(slug, 1, 'answer')).length).toBe(0);
  });

  it('cuts a long sample and says so', async () => {
    const slug = await api.problem(owner, { testCases: [{ input: 'x'.repeat(70_000), answer: '1', sample: true }] });
    const [sample] = (await show(slug)).samples as { input: string; truncated: boolean }[];
    expect([sample?.input.length, sample?.truncated]).toEqual([65_536, true]);
  });

  it('allows output of at least twice its longest answer', async () => {
    const slug = await api.problem(owner, { testCases: [{ input: '', answer: 'x'.repeat(9 * MIB) }] });
    expect((await show(slug)).outputLimitBytes).toBe(18 * MIB);
    const small = await api.problem(owner);
    expect((await show(small)).outputLimitBytes).toBe(16 * MIB);
  });

  it('is made once when two of one slug come at once', async () => {
    const call = () => api.call('POST /api/problems', { token: owner.token, body: problemBody({ slug: 'twice' }) });
    const answers = await Promise.all([call(), call(), call()]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    expect(await api.prisma.problem.count({ where: { slug: 'twice' } })).toBe(1);
  });

  it('frees its slug when deleted, is gone for all, and stays in the audit', async () => {
    const slug = await api.problem(owner);
    expect((await api.call(`DELETE /api/problems/${slug}`, { token: owner.token })).status).toBe(204);
    expect((await api.call(`GET /api/problems/${slug}`, { token: admin.token })).status).toBe(404);
    expect(await api.prisma.auditEvent.findMany({ where: { subject: `problem ${slug}` } })).toHaveLength(1);
    const body = problemBody({ slug });
    expect((await api.call('POST /api/problems', { token: owner.token, body })).status).toBe(201);
  });
});

describe('A change of a problem', () => {
  it('makes no new revision when nothing that judges changed', async () => {
    const slug = await api.problem(owner);
    const { testCases } = problemBody();
    const body = { title: 'New', statement: 'Other', tags: ['x'], visibility: 'draft', timeLimitMs: 1000, testCases };
    expect((await put(slug, body)).body).toMatchObject({ title: 'New', visibility: 'draft', revision: 1 });
  });

  it.each([
    ['the time limit', { timeLimitMs: 2000 }],
    ['the memory limit', { memoryLimitBytes: 128 * MIB }],
    ['the output limit', { outputLimitBytes: 32 * MIB }],
    ['the checker', { checker: 'tokens' }],
    ['the tolerance', { checkerOptions: { absolute: 0.1 } }],
    [
      'a name',
      {
        testCases: [
          { input: '1 2\n', answer: '3\n', sample: true },
          { input: marks.secretInput, answer: marks.secretAnswer, name: 'other' },
        ],
      },
    ],
    ['what is a sample', { testCases: problemBody().testCases.map((testCase) => ({ ...testCase, sample: true })) }],
    ['an answer', { testCases: [{ input: '1 2\n', answer: '4\n', sample: true }] }],
  ])('makes a new revision when %s changed, and the old one stays', async (_, change) => {
    const slug = await api.problem(owner);
    expect((await put(slug, change)).body).toMatchObject({ revision: 2, ...('testCases' in change ? {} : change) });
    const revisions = await api.prisma.problemRevision.findMany({
      where: { problem: { slug } },
      orderBy: { number: 'asc' },
      include: { _count: { select: { testCases: true } } },
    });
    expect(revisions.map(({ number, timeLimitMs, checker }) => [number, timeLimitMs, checker])[0]).toEqual([
      1,
      1000,
      'lines',
    ]);
    expect(revisions.map((revision) => revision._count.testCases)).toEqual([
      2,
      'testCases' in change ? change.testCases.length : 2,
    ]);
  });

  it('keeps its data without testCases', async () => {
    const slug = await api.problem(owner);
    await put(slug, { timeLimitMs: 3000 });
    expect((await bytes(slug, 2, 'input')).toString()).toBe(marks.secretInput);
  });

  it('numbers revisions without a gap when many change at once', async () => {
    const slug = await api.problem(owner);
    const limits = [1100, 1200, 1300, 1400, 1500];
    const answers = await Promise.all(limits.map((timeLimitMs) => put(slug, { timeLimitMs })));
    expect(answers.map(({ status }) => status)).toEqual(limits.map(() => 200));
    const numbers = await api.prisma.problemRevision.findMany({
      where: { problem: { slug } },
      orderBy: { number: 'asc' },
    });
    expect(numbers.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await show(slug)).revision).toBe(6);
  });

  it('refuses another slug', async () => {
    const slug = await api.problem(owner);
    expect((await put(slug, { slug })).status).toBe(200);
    expect((await put(slug, { slug: 'moved' })).body).toMatchObject({ code: 'SLUG_FIXED' });
  });
});

describe('Editors', () => {
  it('may change the problem and see its secrets, but neither name editors nor delete it', async () => {
    const slug = await api.problem(owner, { visibility: 'draft' });
    const editor = await api.user('student');
    expect((await api.call(`GET /api/problems/${slug}`, { token: editor.token })).status).toBe(404);
    const usernames = [editor.username.toUpperCase()];
    const named = await api.call(`PUT /api/problems/${slug}/editors`, { token: owner.token, body: { usernames } });
    expect(named.body).toEqual({ editors: [editor.username] });
    expect((await put(slug, { title: 'Edited' }, editor)).status).toBe(200);
    expect((await show(slug, editor)).testCaseCount).toBe(2);
    expect((await put(slug, { editors: [] }, editor)).status).toBe(403);
    expect((await api.call(`DELETE /api/problems/${slug}`, { token: editor.token })).status).toBe(403);
    expect((await put(slug, { editors: [] })).status).toBe(200);
    expect((await put(slug, { title: 'Again' }, editor)).status).toBe(404);
  });

  it('must exist', async () => {
    const slug = await api.problem(owner);
    const answer = await put(slug, { title: 'Half', editors: ['nobody-here'] });
    expect(answer.body).toMatchObject({ code: 'UNKNOWN_USER' });
    expect((await show(slug)).title).toBe('A+B');
  });
});

describe('The list of problems', () => {
  it('searches title, slug and tag, without wildcards', async () => {
    const tag = `t${process.hrtime.bigint()}`;
    const percent = await api.problem(owner, { title: '100% of_it', tags: [tag] });
    const other = await api.problem(owner, { title: '100 offit', tags: [tag] });
    const found = async (query: string) => {
      const { body } = await api.call(`GET /api/problems?tag=${tag}${query}`);
      return (body as { rows: { slug: string }[] }).rows.map(({ slug }) => slug);
    };
    expect(await found('')).toEqual([percent, other]);
    expect(await found('&query=0%25%20OF')).toEqual([percent]);
    expect(await found('&query=f_i')).toEqual([percent]);
    expect(await found('&query=%5C')).toEqual([]);
    expect(await found(`&query=${other}`)).toEqual([other]);
  });

  it('shows drafts to their staff only, and to each what they solved', async () => {
    const [slug, student] = [await api.problem(owner, { visibility: 'draft', tags: ['mine'] }), await api.user()];
    const rowsOf = async (by: ApiUser | null) => {
      const { body } = await api.call('GET /api/problems?tag=mine', { token: by?.token });
      return (body as { rows: object[] }).rows;
    };
    const seen = await Promise.all([null, student, await api.user('instructor'), owner, admin].map(rowsOf));
    expect(seen.map((rows) => rows.length)).toEqual([0, 0, 0, 1, 1]);
    await put(slug, { visibility: 'published' });
    const { id } = await api.prisma.problem.findFirstOrThrow({ where: { slug } });
    const standing = { userId: student.id, problemId: id, score: 100, solved: true, submissions: 1 };
    await api.prisma.standing.create({ data: standing });
    expect(await rowsOf(student)).toMatchObject([{ slug, solved: true }]);
    expect(await rowsOf(owner)).toMatchObject([{ slug, solved: false }]);
    expect(await rowsOf(null)).toMatchObject([{ slug, solved: null }]);
  });
});

async function importing(entries: readonly ZipEntry[], filename: string, fields: Record<string, string> = {}) {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(zipOf(entries))]), filename);
  // After the file: the order of parts is the client's.
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const headers = { authorization: `Bearer ${owner.token}` };
  const answer = await fetch(`${api.url}/api/problems/import`, { method: 'POST', body: form, headers });
  return { status: answer.status, body: (await answer.json()) as Json };
}

const namesOf = async (slug: string) => {
  const { body } = await api.call(`GET /api/problems/${slug}/test-cases`, { token: owner.token });
  return (body as { name: string; sample: boolean }[]).map(({ name, sample }) => (sample ? `${name}*` : name));
};

const pair = (path: string, content = path) => [
  { path: `${path}.in`, content: `${content} in` },
  { path: `${path}.ans`, content: `${content} out` },
];

describe('An import of a plain zip', () => {
  it('makes a draft with all that problem.yaml says, sorted as people count, samples first', async () => {
    const yaml = [
      'slug: from-yaml\nname: Sums\ntimeLimitMs: 1500\nmemoryLimitBytes: 134217728\nchecker: floats',
      'checkerOptions: { absolute: 1e-3 }\ntags: [math, 算数]\nauthor: me\n',
    ].join('\n');
    const answer = await importing(
      [
        { path: 'sums/', content: '' },
        ...['10', '9', '1'].flatMap((name) => pair(`sums/data/secret/${name}`)),
        ...pair('sums/data/sample/1'),
        ...pair('sums/input_validators/tests/not-a-test-case'),
        { path: 'sums/problem.yaml', content: yaml },
        { path: 'sums/statement.md', content: '\ufeff# 合計 $a+b$' },
        { path: '__MACOSX/sums/data/secret/._1.in', content: 'junk' },
      ],
      'ignored.zip',
    );
    expect(answer.status).toBe(201);
    expect(answer.body.warnings).toEqual(['sums/problem.yaml: the key "author" is unknown and was left unread.']);
    expect(answer.body.problem).toMatchObject({
      ...{ slug: 'from-yaml', title: 'Sums', visibility: 'draft', timeLimitMs: 1500, memoryLimitBytes: 134_217_728 },
      ...{ checker: 'floats', checkerOptions: { absolute: 0.001 }, tags: ['math', '算数'], statement: '# 合計 $a+b$' },
    });
    expect(await namesOf('from-yaml')).toEqual(['sample/1*', 'secret/1', 'secret/9', 'secret/10']);
    expect((await bytes('from-yaml', 4, 'input')).toString()).toBe('sums/data/secret/10 in');
  });

  const flat = [
    { path: '2.in', content: 'two' },
    { path: '2.out', content: 'TWO' },
    { path: '1.in', content: 'one' },
    { path: '1.out', content: 'ONE' },
  ];

  it('takes its slug from the form, else from the name of the file', async () => {
    expect((await importing(flat, 'flat-one.zip')).body.problem).toMatchObject({ slug: 'flat-one', title: 'flat-one' });
    expect((await importing(flat, 'x.zip', { slug: 'chosen' })).body.problem.slug).toBe('chosen');
    expect(await namesOf('chosen')).toEqual(['1', '2']);
  });

  it('again makes a new revision, keeps what it does not say, and does not publish or hide', async () => {
    await importing(flat, 'again.zip');
    await put('again', { title: 'My title', timeLimitMs: 4000, visibility: 'published' });
    const same = await importing(flat, 'again.zip');
    expect(same.body.problem).toMatchObject({
      title: 'My title',
      timeLimitMs: 4000,
      visibility: 'published',
      revision: 2,
    });
    const changed = await importing(
      [...flat, { path: '3.in', content: '' }, { path: '3.out', content: '' }],
      'again.zip',
    );
    expect(changed.body.problem).toMatchObject({ revision: 3, testCaseCount: 3, visibility: 'published' });
  });

  it('stores equal bytes once, also when two imports bring them at once', async () => {
    const content = `shared ${process.hrtime.bigint()}`;
    const files = ['1', '2', '3'].flatMap((name) => [
      { path: `${name}.in`, content },
      { path: `${name}.out`, content: `${content} ${name}` },
    ]);
    const answers = await Promise.all(['s-a.zip', 's-b.zip', 's-c.zip'].map((name) => importing(files, name)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await api.prisma.blob.count({ where: { digest: digestOf(content) } })).toBe(1);
  });

  it('takes files of many chunks, and streams them back whole', async () => {
    const content = Buffer.alloc(5 * MIB + 123);
    for (let at = 0; at < content.length; at += 7) content[at] = at % 251;
    const answer = await importing(
      [
        { path: '1.in', content },
        { path: '1.ans', content: '' },
      ],
      'large.zip',
    );
    expect(answer.status).toBe(201);
    expect((await bytes('large', 1, 'input')).equals(content)).toBe(true);
  });

  it('leaves no file behind', async () => {
    const { readdirSync } = await import('node:fs');
    await importing([], 'broken.zip');
    expect(readdirSync(`${api.dataFolder}/uploads`)).toEqual([]);
  });
});
