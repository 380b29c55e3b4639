import { GuestSessions } from './guest-sessions.js';

const MI = 1024 * 1024;

/** A session that has ended, printing so much. */
async function ended(sessions: GuestSessions, characters: number): Promise<string> {
  const session = sessions.start('bash', async () => ({ stdout: 'x'.repeat(characters), result: 'success' }));
  await session.completed;
  return session.id;
}

describe('GuestSessions', () => {
  it('keeps the last 200 that have ended, and every one that has not', async () => {
    const sessions = new GuestSessions();
    let end = () => {};
    const open = sessions.start('bash', () => new Promise((resolve) => (end = () => resolve({ stdout: 'late' }))));
    const ids: string[] = [];
    for (let i = 0; i < 201; i++) ids.push(await ended(sessions, 1));
    expect(ids.map((id) => sessions.find(id) !== null)).toEqual(ids.map((_, at) => at > 0));
    expect([sessions.openCount, sessions.find(open.id)?.details.status]).toEqual([1, 'running']);
    end();
    await open.completed;
    expect([sessions.openCount, sessions.find(open.id)?.details]).toMatchObject([
      0,
      { status: 'completed', stdout: 'late' },
    ]);
  });

  it('keeps less of those that printed much, but always the last', async () => {
    const sessions = new GuestSessions();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await ended(sessions, 10 * MI));
    expect(ids.map((id) => sessions.find(id) !== null)).toEqual([false, false, true, true, true]);
    const huge = await ended(sessions, 40 * MI);
    expect(sessions.find(huge)).not.toBeNull();
    expect(ids.filter((id) => sessions.find(id))).toEqual([]);
  });

  it('says of a run that failed through us that it did, and forgets nothing else', async () => {
    const sessions = new GuestSessions();
    const session = sessions.start('bash', () => Promise.reject(new Error('fault')));
    await session.completed;
    expect(session.details).toMatchObject({ status: 'completed', result: 'error', error: expect.any(String) });
  });
});
