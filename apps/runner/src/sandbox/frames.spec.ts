import fc from 'fast-check';
import { BrokenFrame, FrameReader, type HelperFrame } from './frames.js';

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const text = (value: string) => Buffer.concat([u32(value.length), Buffer.from(value)]);
const frame = (...fields: Buffer[]) => {
  const payload = Buffer.concat(fields);
  return Buffer.concat([u32(payload.length), payload]);
};
const stream = (content: string) => Buffer.concat([u64(BigInt(content.length)), Buffer.of(0), text(content)]);
const program = (cause: number, output: string) =>
  Buffer.concat([
    Buffer.of(cause),
    u32(3),
    ...[21_000n, 40_000n, 4096n].map(u64),
    stream(output),
    stream(''),
    Buffer.of(0),
    u64(0n),
  ]);
const result = (cause: number, output: string) => frame(Buffer.of(18), u32(7), Buffer.of(1, 0), program(cause, output));

const all = (bytes: Buffer, cuts: readonly number[] = []): HelperFrame[] => {
  const reader = new FrameReader();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((one, other) => one - other);
  return ends.flatMap((end, index) => reader.read(bytes.subarray(index === 0 ? 0 : ends[index - 1], end)));
};

describe('Frames from the helper', () => {
  it('are read whole, wherever the pipe cuts them', () => {
    const bytes = Buffer.concat([
      frame(Buffer.of(17)),
      result(1, 'out'),
      frame(Buffer.of(20), text('exec'), u32(2)),
      frame(Buffer.of(19), u32(9)),
    ]);
    const expected = [
      { type: 'ready' },
      { type: 'result', id: 7, programs: [{ status: 'exited', code: 3, cpuTimeUs: 21_000, collected: 'none' }] },
      { type: 'fault', step: 'exec', errno: 2 },
      { type: 'cancelled', id: 9 },
    ];
    expect(all(bytes)).toMatchObject(expected);
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(all(bytes, cuts)).toMatchObject(expected);
      }),
    );
  });

  it.each([
    ['of no length', u32(0)],
    ['longer than any frame', u32(0xffff_ffff)],
    ['of an unknown type', frame(Buffer.of(99))],
    ['that ends too early', frame(Buffer.of(19), Buffer.of(1))],
    ['with bytes behind its last field', frame(Buffer.of(17, 0))],
    ['with an unknown cause', result(9, '')],
    ['with cause 0, which says that nobody knows why', result(0, '')],
    ['with three programs', frame(Buffer.of(18), u32(7), Buffer.of(3, 0))],
  ])('%s are broken, never guessed at', (_, bytes) => {
    expect(() => all(bytes)).toThrow(BrokenFrame);
  });

  it('are frames or broken, whatever the bytes', () => {
    const whole = result(1, 'some output');
    const changed = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      return bytes;
    });
    const outcome = (bytes: Buffer) => {
      try {
        return all(bytes).every((one) => typeof one.type === 'string');
      } catch (error) {
        return error instanceof BrokenFrame;
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(
          changed,
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => outcome(bytes),
      ),
      { numRuns: 2_000 },
    );
  });
});
