import { jest } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { type ApiUser, marks, problemBody, TestApi } from '../support/api.js';
import { zipOf } from '../support/zip.js';

/** Who calls. The author wrote the submission, the owner the problem; the foreign instructor has nothing to do with either. */
const callers = ['anonymous', 'student', 'author', 'foreign', 'owner', 'admin'] as const;
type Caller = (typeof callers)[number];
type Mark = keyof typeof marks;
type Statuses = readonly [number, number, number, number, number, number];

interface Scene {
  readonly users: Readonly<Record<Exclude<Caller, 'anonymous'>, ApiUser>>;
  readonly slug: string;
  readonly draft: string;
  readonly submission: bigint;
  readonly draftSubmission: bigint;
  readonly trial: string;
}

interface Row {
  readonly route: string;
  /** When one route has several rows. */
  readonly case?: string;
  readonly path?: (scene: Scene) => string;
  readonly body?: (scene: Scene) => object;
  /** In the order of `callers`. */
  readonly status: Statuses;
  /** Marks that a caller gets to see; every other mark must be absent from the whole answer. */
  readonly shows?: Partial<Record<Caller, readonly Mark[]>>;
  /** Fields that must be absent from the answer. */
  readonly absent?: Partial<Record<Caller, readonly string[]>>;
}

/** The machine may be busy with other tests. */
const TIMEOUT_MS = 30_000;
jest.setTimeout(TIMEOUT_MS);

const all = (status: number): Statuses => [status, status, status, status, status, status];
const signedIn = (status: number): Statuses => [401, status, status, status, status, status];
const instructors = (status: number): Statuses => [401, 403, 403, status, status, status];
const admins = (status: number): Statuses => [401, 403, 403, 403, 403, status];
const staff = (status: number): Statuses => [401, 403, 403, 403, status, status];
/** Who may not know of a draft is told that there is none. */
const draftStaff = (status: number): Statuses => [401, 404, 404, 404, status, status];
const draftReaders = (status: number): Statuses => [404, 404, 404, 404, status, status];

const ofAuthor = ['source', 'compileOutput', 'sampleMessage', 'sampleStderr'] as const;
const ofStaff = [...ofAuthor, 'secretMessage', 'secretStderr', 'faultReason'] as const;
const privateFields = ['source', 'compileOutput', 'runs', 'score', 'faultReason'];
const submissionSights = {
  shows: { author: ofAuthor, owner: ofStaff, admin: ofStaff },
  absent: {
    anonymous: privateFields,
    student: privateFields,
    foreign: privateFields,
    author: ['faultReason'],
  },
} as const;
const staffFields = ['editors', 'revision', 'testCaseCount'];
const problemSights = {
  absent: { anonymous: staffFields, student: staffFields, author: staffFields, foreign: staffFields },
} as const;

const rows: readonly Row[] = [
  { route: 'GET /', status: all(302) },
  { route: 'GET /api/docs', status: all(200) },
  { route: 'GET /api/docs/:asset', path: () => '/api/docs/start.js', status: all(200) },
  { route: 'GET /api/openapi.json', status: all(200) },
  { route: 'GET /api/health', status: all(200) },
  { route: 'GET /api/languages', status: all(200) },
  { route: 'GET /api/leaderboard', status: all(200) },
  {
    route: 'POST /api/auth/register',
    body: () => ({ username: `n${process.hrtime.bigint()}`, password: 'long enough' }),
    status: all(201),
  },
  { route: 'POST /api/auth/login', body: () => ({ username: 'nobody', password: 'wrong' }), status: all(401) },
  { route: 'POST /api/auth/logout', status: signedIn(204) },
  { route: 'POST /api/invites', body: () => ({}), status: instructors(201) },
  { route: 'POST /api/invites', case: 'for an instructor', body: () => ({ role: 'instructor' }), status: admins(201) },
  { route: 'GET /api/me', status: signedIn(200) },
  { route: 'PATCH /api/me', body: () => ({ displayName: 'Someone' }), status: signedIn(200) },
  {
    route: 'PATCH /api/users/:username',
    path: ({ users }) => `/api/users/${users.author.username}`,
    body: () => ({ role: 'instructor' }),
    status: admins(200),
  },
  { route: 'GET /api/problems', status: all(200) },
  {
    route: 'POST /api/problems',
    body: () => problemBody({ slug: `n-${process.hrtime.bigint()}` }),
    status: instructors(201),
  },
  { route: 'POST /api/problems/import', status: instructors(201) },
  { route: 'GET /api/problems/:slug', path: ({ slug }) => `/api/problems/${slug}`, status: all(200), ...problemSights },
  {
    route: 'GET /api/problems/:slug',
    case: 'of a draft',
    path: ({ draft }) => `/api/problems/${draft}`,
    status: draftReaders(200),
  },
  {
    route: 'PUT /api/problems/:slug',
    path: ({ slug }) => `/api/problems/${slug}`,
    body: () => ({ title: 'Other' }),
    status: staff(200),
  },
  {
    route: 'PUT /api/problems/:slug',
    case: 'of a draft',
    path: ({ draft }) => `/api/problems/${draft}`,
    body: () => ({ title: 'Other' }),
    status: draftStaff(200),
  },
  { route: 'DELETE /api/problems/:slug', path: ({ slug }) => `/api/problems/${slug}`, status: staff(204) },
  {
    route: 'DELETE /api/problems/:slug',
    case: 'of a draft',
    path: ({ draft }) => `/api/problems/${draft}`,
    status: draftStaff(204),
  },
  {
    route: 'PUT /api/problems/:slug/editors',
    path: ({ slug }) => `/api/problems/${slug}/editors`,
    body: ({ users }) => ({ usernames: [users.foreign.username] }),
    status: staff(200),
  },
  {
    route: 'GET /api/problems/:slug/test-cases',
    path: ({ slug }) => `/api/problems/${slug}/test-cases`,
    status: staff(200),
    shows: { owner: ['staffOnly'], admin: ['staffOnly'] },
  },
  {
    route: 'GET /api/problems/:slug/test-cases/:ordinal/:side',
    path: ({ slug }) => `/api/problems/${slug}/test-cases/2/answer`,
    status: staff(200),
    shows: { owner: ['secretAnswer'], admin: ['secretAnswer'] },
  },
  {
    route: 'GET /api/problems/:slug/test-cases/:ordinal/:side',
    case: 'of a draft',
    path: ({ draft }) => `/api/problems/${draft}/test-cases/2/input`,
    status: draftStaff(200),
    shows: { owner: ['secretInput'], admin: ['secretInput'] },
  },
  { route: 'GET /api/submissions', status: all(200) },
  {
    route: 'POST /api/submissions',
    body: ({ slug }) => ({ problem: slug, language: 'cpp', source: 'int main() {}' }),
    status: signedIn(201),
  },
  {
    route: 'POST /api/submissions',
    case: 'to a draft',
    body: ({ draft }) => ({ problem: draft, language: 'cpp', source: 'int main() {}' }),
    status: draftStaff(201),
  },
  {
    route: 'GET /api/submissions/:id',
    path: ({ submission }) => `/api/submissions/${submission}`,
    status: all(200),
    ...submissionSights,
  },
  {
    route: 'GET /api/submissions/:id',
    case: 'to a draft',
    path: ({ draftSubmission }) => `/api/submissions/${draftSubmission}`,
    status: [404, 404, 200, 404, 200, 200],
    ...submissionSights,
  },
  {
    route: 'GET /api/submissions/:id/events',
    path: ({ submission }) => `/api/submissions/${submission}/events`,
    status: all(200),
    ...submissionSights,
  },
  {
    route: 'GET /api/submissions/:id/events',
    case: 'to a draft',
    path: ({ draftSubmission }) => `/api/submissions/${draftSubmission}/events`,
    status: [404, 404, 200, 404, 200, 200],
    ...submissionSights,
  },
  {
    route: 'POST /api/submissions/:id/rejudge',
    path: ({ submission }) => `/api/submissions/${submission}/rejudge`,
    status: [401, 403, 403, 403, 201, 201],
    shows: { owner: ofStaff, admin: ofStaff },
  },
  {
    route: 'POST /api/runs',
    body: () => ({ language: 'cpp', source: 'int main() {}', input: '1 2' }),
    status: signedIn(201),
  },
  { route: 'GET /api/runs/:id', path: ({ trial }) => `/api/runs/${trial}`, status: all(200) },
  { route: 'GET /api/runs/:id/events', path: ({ trial }) => `/api/runs/${trial}/events`, status: all(200) },
];

let api: TestApi;
let package_: Buffer;
let untouched: Scene;

beforeAll(async () => {
  api = await TestApi.start({ RATE_FAILED_LOGIN_BURST: '1000', RATE_REGISTER_BURST: '1000' });
  package_ = zipOf([
    { path: '1.in', content: '1' },
    { path: '1.out', content: '1' },
  ]);
  untouched = await scene();
});
beforeEach(() => api.heartbeat());
afterAll(() => api.stop());

async function scene(): Promise<Scene> {
  const [student, author, foreign, owner, admin] = await Promise.all([
    api.user('student'),
    api.user('student'),
    api.user('instructor'),
    api.user('instructor'),
    api.user('admin'),
  ]);
  const slug = await api.problem(owner);
  const draft = await api.problem(owner);
  const submission = await api.submission(author, slug);
  const draftSubmission = await api.submission(author, draft);
  await api.judge(submission);
  await api.judge(draftSubmission);
  // It was published when the author handed in.
  await api.prisma.problem.updateMany({ where: { slug: draft }, data: { visibility: 'draft' } });
  const { token } = await api.prisma.trial.create({
    data: {
      token: `t${process.hrtime.bigint()}`.padEnd(22, 'x').slice(0, 22),
      userId: author.id,
      language: 'cpp',
      source: Buffer.from(marks.source),
      input: Buffer.from('1 2'),
      state: 'done',
    },
  });
  return { users: { student, author, foreign, owner, admin }, slug, draft, submission, draftSubmission, trial: token };
}

async function callAs(row: Row, caller: Caller, status: number) {
  const [method = '', pattern = ''] = row.route.split(' ');
  // What changes something gets a scene of its own.
  const set = method === 'GET' || status >= 400 ? untouched : await scene();
  const route = `${method} ${row.path?.(set) ?? pattern}`;
  const token = caller === 'anonymous' ? null : set.users[caller].token;
  if (row.route === 'POST /api/problems/import') return upload(token);
  return api.call(route, { token, body: row.body?.(set) });
}

async function upload(token: string | null) {
  const form = new FormData();
  form.set('slug', `i-${process.hrtime.bigint()}`);
  form.set('file', new Blob([new Uint8Array(package_)]), 'x.zip');
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${api.url}/api/problems/import`, { method: 'POST', body: form, headers });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) as object };
}

it('has a row for every route there is, and no row for one there is not', () => {
  const fastify: FastifyInstance = api.app.getHttpAdapter().getInstance();
  const routes = [...new Set(fastify.allRoutes)].toSorted();
  expect([...new Set(rows.map(({ route }) => route))].toSorted()).toEqual(routes);
});

describe.each(rows.map((row) => [`${row.route}${row.case ? ` ${row.case}` : ''}`, row] as const))('%s', (_, row) => {
  it.each(callers.map((caller, at) => [caller, row.status[at] ?? 0] as const))(
    'answers %s with %i',
    async (caller, status) => {
      const answer = await callAs(row, caller, status);
      const text = answer.text ?? String(answer.body);
      expect({ status: answer.status, text: answer.status === status ? '' : text }).toEqual({
        status,
        text: '',
      });
      const seen = (Object.keys(marks) as Mark[]).filter((mark) => text.includes(marks[mark]));
      const wanted = status < 300 ? (row.shows?.[caller] ?? []) : [];
      expect(seen.toSorted()).toEqual([...wanted].toSorted());
      const body = text.startsWith('{') ? (JSON.parse(text) as object) : {};
      for (const field of row.absent?.[caller] ?? []) expect(body).not.toHaveProperty(field);
      if (status >= 400)
        expect(body).toEqual(expect.objectContaining({ code: expect.any(String), message: expect.any(String) }));
    },
  );
});
