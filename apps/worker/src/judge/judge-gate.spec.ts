import { JudgeGate } from './judge-gate.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

function work() {
  const seen = { begun: false, end: () => {} };
  return { seen, run: () => new Promise<void>((end) => Object.assign(seen, { begun: true, end })) };
}

describe('JudgeGate', () => {
  it('lets many in together, one alone, and keeps the order of arrival', async () => {
    const gate = new JudgeGate();
    const [first, second, lonely, last] = [work(), work(), work(), work()];
    const passes = [
      gate.pass('together', first.run),
      gate.pass('together', second.run),
      gate.pass('alone', lonely.run),
      gate.pass('together', last.run),
    ];
    await tick();
    expect([first, second, lonely, last].map((one) => one.seen.begun)).toEqual([true, true, false, false]);
    first.seen.end();
    await tick();
    expect(lonely.seen.begun).toBe(false);
    second.seen.end();
    await tick();
    expect([lonely.seen.begun, last.seen.begun]).toEqual([true, false]);
    lonely.seen.end();
    await tick();
    expect(last.seen.begun).toBe(true);
    last.seen.end();
    await Promise.all(passes);
  });

  it('opens again after work that throws', async () => {
    const gate = new JudgeGate();
    await expect(gate.pass('alone', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(gate.pass('alone', () => Promise.resolve(1))).resolves.toBe(1);
  });
});
