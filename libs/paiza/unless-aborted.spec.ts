import { unlessAborted } from './unless-aborted.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('unlessAborted', () => {
  it('gives what the work gives', async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('leaves when it is told to, and hands on once what comes late', async () => {
    const leave = new AbortController();
    let end = (_result: number) => {};
    const late: number[] = [];
    const work = unlessAborted(new Promise<number>((resolve) => (end = resolve)), leave.signal, (one) =>
      late.push(one),
    );
    leave.abort(new Error('gone'));
    await expect(work).rejects.toThrow('gone');
    end(7);
    await settle();
    expect(late).toEqual([7]);
  });

  it('hands on nothing that it has given already', async () => {
    const leave = new AbortController();
    const late: number[] = [];
    const work = unlessAborted(Promise.resolve(1), leave.signal, (one) => late.push(one));
    await settle();
    leave.abort();
    expect([await work, late]).toEqual([1, []]);
  });
});
