import { jest } from '@jest/globals';
import { type ApiUser, TestApi } from '../support/api.js';

/** The machine may be busy with other tests. */
const TIMEOUT_MS = 60_000;
jest.setTimeout(TIMEOUT_MS);
const PASSWORD = 'correct horse';

let api: TestApi;
let admin: ApiUser;
let count = 0;

const freshName = () => `user${++count}`;
const register = (body: object, headers: Record<string, string> = {}) =>
  api.call('POST /api/auth/register', { body: { password: PASSWORD, ...body }, headers });
const login = (username: string, password: string, headers: Record<string, string> = {}) =>
  api.call('POST /api/auth/login', { body: { username, password }, headers });
const me = (token: string) => api.call('GET /api/me', { token });
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  (answer.headers['set-cookie'] as string[] | undefined)?.[0] ?? '';
const pairOf = (cookie: string) => cookie.split(';', 1)[0] ?? '';

/** A user with the usual password, and a token. */
async function registered(): Promise<{ username: string; token: string; cookie: string }> {
  const username = freshName();
  const answer = await register({ username });
  expect(answer.status).toBe(201);
  return { username, token: (answer.body as { token: string }).token, cookie: pairOf(cookieOf(answer)) };
}

beforeAll(async () => {
  api = await TestApi.start({ TRUST_PROXY: '127.0.0.1', RATE_REGISTER_BURST: '1000', RATE_FAILED_LOGIN_BURST: '3' });
  admin = await api.user('admin', 'root');
});
afterAll(() => api.stop());

describe('Registration', () => {
  it('makes a student who is signed in, by token and by cookie', async () => {
    const answer = await register({ username: 'Ada', displayName: 'Ada L.' });
    expect(answer.body).toEqual({
      user: { username: 'Ada', displayName: 'Ada L.', role: 'student' },
      token: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    expect(cookieOf(answer)).toMatch(/^saiban_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('stores neither the password nor the token', async () => {
    const { username, token } = await registered();
    const user = await api.prisma.user.findFirstOrThrow({ where: { username }, include: { sessions: true } });
    expect(user.passwordHash).toMatch(/^\$argon2id\$/);
    expect(user.sessions[0]?.tokenHash).not.toContain(token);
  });

  it('marks the cookie Secure when the trusted proxy says https', async () => {
    const answer = await register({ username: freshName() }, { 'x-forwarded-proto': 'https' });
    expect(cookieOf(answer)).toMatch(/; Secure/);
  });

  it.each(['ab', 'x'.repeat(33), 'a b', '.hidden', 'ada/../x', 'アダ', 'a\u0000da'])(
    'refuses the username %j',
    async (username) => {
      const answer = await register({ username });
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  it('refuses a name that differs only in case, also when both come at once', async () => {
    const names = ['grace', 'Grace', 'GRACE', 'gRACE'];
    const answers = await Promise.all(names.map((username) => register({ username })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
  });

  it('gives no role that was only asked for', async () => {
    const answer = await register({ username: freshName(), role: 'admin' });
    expect([answer.status, (answer.body as { fields: string[] }).fields]).toEqual([400, ['role']]);
  });
});

/** The trusted proxy says so. */
const from = (address: string) => ({ 'x-forwarded-for': address });

describe('Login', () => {
  it('takes the name in any case and refuses a wrong password and an unknown name alike', async () => {
    const { username } = await registered();
    expect((await login(username.toUpperCase(), PASSWORD, from('192.0.2.1'))).status).toBe(200);
    const [wrong, unknown] = [
      await login(username, 'wrong', from('192.0.2.1')),
      await login('nobody', 'wrong', from('192.0.2.1')),
    ];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toEqual(unknown.body);
  });

  it('is limited by failures per address, an IPv6 /64 counting as one, and others stay free', async () => {
    const { username } = await registered();
    for (const tail of ['1', '2', '3']) {
      expect((await login(username, 'wrong', from(`2001:db8:1:2::${tail}`))).status).toBe(401);
    }
    const limited = await login(username, PASSWORD, from('2001:db8:1:2:ffff::9'));
    expect([limited.status, (limited.body as { code: string }).code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await login(username, PASSWORD, from('2001:db8:1:3::1'))).status).toBe(200);
    expect((await login(username, PASSWORD, from('192.0.2.7'))).status).toBe(200);
  });

  it('is not limited by successes: a school signs in at once', async () => {
    const { username } = await registered();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => login(username, PASSWORD, { 'x-forwarded-for': '192.0.2.8' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it('lets few guesses through when many come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => login('nobody', 'wrong', { 'x-forwarded-for': '192.0.2.9' })),
    );
    // The burst, and at most the width of the gate.
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(3 + 4);
  });
});

describe('A session', () => {
  it('ends by signing out', async () => {
    const { token } = await registered();
    expect((await api.call('POST /api/auth/logout', { token })).status).toBe(204);
    const answer = await me(token);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([401, 'TOKEN_INVALID']);
  });

  it.each([
    ['lives while it was used 29 days ago', 29, 200],
    ['ends after 30 idle days', 30, 401],
  ])('%s', async (_, days, status) => {
    const { username, token } = await registered();
    await api.prisma.$executeRaw`
      UPDATE "Session" SET "lastUsedAt" = now() - make_interval(days => ${days}::int)
      WHERE "userId" = (SELECT id FROM "User" WHERE username = ${username})`;
    expect((await me(token)).status).toBe(status);
  });

  it('is used again by being used', async () => {
    const { username, token } = await registered();
    await api.prisma.$executeRaw`
      UPDATE "Session" SET "lastUsedAt" = now() - interval '2 hours'
      WHERE "userId" = (SELECT id FROM "User" WHERE username = ${username})`;
    await me(token);
    const session = await api.prisma.session.findFirstOrThrow({ where: { user: { username } } });
    expect(Date.now() - session.lastUsedAt.getTime()).toBeLessThan(3_600_000);
  });

  it('ends, like all others of its user, on a change of password, which gives a new one', async () => {
    const { username, token } = await registered();
    const other = (await login(username, PASSWORD)).body as { token: string };
    const wrong = await api.call('PATCH /api/me', { token, body: { password: 'new password', currentPassword: 'no' } });
    expect([wrong.status, (await me(token)).status]).toEqual([403, 200]);
    const changed = await api.call('PATCH /api/me', {
      token,
      body: { password: 'new password', currentPassword: PASSWORD },
    });
    expect(changed.status).toBe(200);
    const fresh = (changed.body as { token: string }).token;
    expect([(await me(token)).status, (await me(other.token)).status, (await me(fresh)).status]).toEqual([
      401, 401, 200,
    ]);
    expect((await login(username, 'new password')).status).toBe(200);
  });

  it('ends when its user is disabled, who then cannot sign in, until enabled again', async () => {
    const { username, token } = await registered();
    const set = (disabled: boolean) =>
      api.call(`PATCH /api/users/${username}`, { token: admin.token, body: { disabled } });
    expect((await set(true)).body).toMatchObject({ username, disabled: true });
    expect((await me(token)).status).toBe(401);
    expect((await login(username, PASSWORD)).body).toMatchObject({ code: 'USER_DISABLED' });
    await set(false);
    expect([(await me(token)).status, (await login(username, PASSWORD)).status]).toEqual([401, 200]);
    const actions = await api.prisma.auditEvent.findMany({
      where: { subject: `user ${username}` },
      orderBy: { id: 'asc' },
    });
    expect(actions.map(({ action }) => action)).toEqual(['user.disable', 'user.enable']);
  });
});

const change = (cookie: string, headers: Record<string, string>) =>
  api.call('PATCH /api/me', { headers: { cookie, ...headers }, body: { displayName: 'New' } });

describe('A change by cookie', () => {
  it('needs an Origin of our own', async () => {
    const { cookie } = await registered();
    const ours = api.url;
    expect((await change(cookie, { origin: ours })).status).toBe(200);
    for (const origin of ['https://evil.example', 'null', `${ours}.evil.example`, 'http://127.0.0.1:1', 'garbage']) {
      const answer = await change(cookie, { origin });
      expect([origin, answer.status, (answer.body as { code: string }).code]).toEqual([origin, 403, 'ORIGIN_NOT_OURS']);
    }
    expect((await change(cookie, {})).status).toBe(403);
  });

  it('knows its own name behind a trusted proxy', async () => {
    const { cookie } = await registered();
    const forwarded = { 'x-forwarded-host': 'judge.example', 'x-forwarded-proto': 'https' };
    expect((await change(cookie, { ...forwarded, origin: 'https://judge.example' })).status).toBe(200);
    expect((await change(cookie, { ...forwarded, origin: 'https://evil.example' })).status).toBe(403);
  });

  it('is not asked for by reading, nor with a Bearer token', async () => {
    const { cookie, token } = await registered();
    const evil = { origin: 'https://evil.example' };
    expect((await api.call('GET /api/me', { headers: { cookie, ...evil } })).status).toBe(200);
    expect((await api.call('PATCH /api/me', { token, headers: evil, body: { displayName: 'X' } })).status).toBe(200);
  });

  it('with an ended cookie is nobody’s, and signing in works', async () => {
    const { username, token, cookie } = await registered();
    await api.call('POST /api/auth/logout', { token });
    expect((await change(cookie, { origin: api.url })).status).toBe(401);
    expect((await login(username, PASSWORD, { cookie })).status).toBe(200);
  });
});

describe('Roles', () => {
  it('change at once and leave a trace', async () => {
    const { username, token } = await registered();
    const body = { role: 'instructor' };
    expect((await api.call(`PATCH /api/users/${username}`, { token: admin.token, body })).body).toMatchObject(body);
    expect((await me(token)).body).toMatchObject(body);
    const [event] = await api.prisma.auditEvent.findMany({ where: { subject: `user ${username}` } });
    expect(event).toMatchObject({
      actorId: admin.id,
      action: 'user.role',
      details: { from: 'student', to: 'instructor' },
    });
  });

  it('leave one admin, also when two admins demote each other at once', async () => {
    const second = await api.user('admin');
    const demote = (by: ApiUser, whom: ApiUser) =>
      api.call(`PATCH /api/users/${whom.username}`, { token: by.token, body: { role: 'student' } });
    const answers = await Promise.all([demote(admin, second), demote(second, admin)]);
    expect(await api.prisma.user.count({ where: { role: 'admin', disabledAt: null } })).toBe(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    await api.prisma.user.update({ where: { id: admin.id }, data: { role: 'admin' } });
    await api.prisma.user.update({ where: { id: second.id }, data: { role: 'student' } });
    for (const body of [{ role: 'student' }, { disabled: true }]) {
      const answer = await api.call(`PATCH /api/users/${admin.username}`, { token: admin.token, body });
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, 'LAST_ADMIN']);
    }
  });
});

describe('Invites', () => {
  let invited: TestApi;
  let instructor: ApiUser;
  beforeAll(async () => {
    invited = await TestApi.start({ REGISTRATION: 'invite' });
    instructor = await invited.user('instructor');
  });
  afterAll(() => invited.stop());

  const registerThere = (body: object) =>
    invited.call('POST /api/auth/register', { body: { username: freshName(), password: PASSWORD, ...body } });

  it('are needed where REGISTRATION is invite, and let one person in', async () => {
    expect((await registerThere({})).body).toMatchObject({ code: 'INVITE_REQUIRED' });
    expect((await registerThere({ invite: 'AAAAAAAAAAAAAAAAAAAAAA' })).body).toMatchObject({ code: 'INVITE_INVALID' });
    const { body } = await invited.call('POST /api/invites', { token: instructor.token, body: {} });
    const { code, url } = body as { code: string; url: string };
    expect(url).toBe(`${invited.url}/register?invite=${code}`);
    const answers = await Promise.all([registerThere({ invite: code }), registerThere({ invite: code })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 403]);
  });

  it('are not used up by a registration that fails', async () => {
    const { body } = await invited.call('POST /api/invites', { token: instructor.token, body: {} });
    const invite = (body as { code: string }).code;
    expect((await registerThere({ invite, username: instructor.username })).status).toBe(409);
    expect((await registerThere({ invite })).status).toBe(201);
  });

  it('end, and carry the role an admin gave them', async () => {
    const chief = await invited.user('admin');
    const { body } = await invited.call('POST /api/invites', { token: chief.token, body: { role: 'instructor' } });
    const invite = (body as { code: string }).code;
    await invited.prisma.$executeRaw`UPDATE "Invite" SET "expiresAt" = now() WHERE "usedAt" IS NULL`;
    expect((await registerThere({ invite })).status).toBe(403);
    await invited.prisma
      .$executeRaw`UPDATE "Invite" SET "expiresAt" = now() + interval '1 hour' WHERE "usedAt" IS NULL`;
    expect((await registerThere({ invite })).body).toMatchObject({ user: { role: 'instructor' } });
  });
});

it('refuses everyone where REGISTRATION is closed', async () => {
  const closed = await TestApi.start({ REGISTRATION: 'closed' });
  try {
    const body = { username: 'someone', password: PASSWORD };
    expect((await closed.call('POST /api/auth/register', { body })).body).toMatchObject({
      code: 'REGISTRATION_CLOSED',
    });
  } finally {
    await closed.stop();
  }
});

it('limits registrations per address', async () => {
  const tight = await TestApi.start({ RATE_REGISTER_BURST: '2', RATE_REGISTER_PER_MINUTE: '1' });
  try {
    const answers = [];
    for (const username of ['one', 'two', 'three']) {
      answers.push(await tight.call('POST /api/auth/register', { body: { username, password: PASSWORD } }));
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(50);
  } finally {
    await tight.stop();
  }
});
