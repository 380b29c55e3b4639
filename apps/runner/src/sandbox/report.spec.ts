import { parseReport, READY } from './report.js';
import { SandboxFault } from './sandbox.js';

describe('parseReport', () => {
  it('reads how the program ended', () => {
    const used = { userUs: 10, systemUs: 20, maxRssKib: 300 };
    expect(parseReport(`${READY}exited 3 10 20 300\n`)).toEqual({ kind: 'exited', code: 3, ...used });
    expect(parseReport(`${READY}signalled 9 10 20 300\n`)).toEqual({ kind: 'signalled', signal: 9, ...used });
  });

  it('reads a fault of init, ready or not', () => {
    expect(parseReport(`${READY}fault exec 2\n`)).toEqual({ kind: 'fault', step: 'exec', errno: 2 });
    expect(parseReport('fault stream 13\n')).toEqual({ kind: 'fault', step: 'stream', errno: 13 });
  });

  it('knows nothing of a box that was killed', () => {
    expect([parseReport(''), parseReport(READY)]).toEqual([null, null]);
  });

  it.each(['exited 0 1 1 1', 'exited 0 1 1 1\nexited 0 1 1 1\n', 'exited -1 1 1 1\n', 'readyexited 0 1 1 1\n', 'x'])(
    'takes %j for a fault of ours, never for an end of the program',
    (text) => {
      expect(() => parseReport(text)).toThrow(SandboxFault);
    },
  );
});
