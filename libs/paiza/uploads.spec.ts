import { setTimeout as sleep } from 'node:timers/promises';
import { inlineInput } from './engine.js';
import { Uploads } from './uploads.js';

const never = new AbortController().signal;
const input = inlineInput(Buffer.from('the input'));

describe('Uploads', () => {
  it('sends a blob once for all that want it at the same time, and again when it is wanted later', async () => {
    let sent = 0;
    const uploads = new Uploads(async () => {
      sent++;
      await sleep(10);
    });
    const other = inlineInput(Buffer.from('another'));
    await Promise.all([input, input, other, input].map((one) => uploads.upload(one, never)));
    expect(sent).toBe(2);
    await uploads.upload(input, never);
    expect(sent).toBe(3);
  });

  it('goes on when one of two leaves, and breaks off when both have left', async () => {
    let stopped = false;
    const uploads = new Uploads(
      (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            stopped = true;
            reject(signal.reason as Error);
          }),
        ),
    );
    const [one, other] = [new AbortController(), new AbortController()];
    const waits = [uploads.upload(input, one.signal), uploads.upload(input, other.signal)];
    one.abort(new Error('left'));
    await expect(waits[0]).rejects.toThrow('left');
    expect(stopped).toBe(false);
    other.abort(new Error('left too'));
    await expect(waits[1]).rejects.toThrow('left too');
    expect(stopped).toBe(true);
  });

  it('tells all of them when it fails', async () => {
    const uploads = new Uploads(() => Promise.reject(new Error('refused')));
    const waits = [uploads.upload(input, never), uploads.upload(input, never)];
    for (const wait of waits) await expect(wait).rejects.toThrow('refused');
  });
});
