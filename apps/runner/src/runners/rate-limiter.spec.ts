import { RateLimiter } from './rate-limiter.js';

describe('RateLimiter', () => {
  it('lets a burst through, then one for each token, and says how long to wait', () => {
    const limiter = new RateLimiter({ burst: 3, perMinute: 30 });
    const at = (ms: number) => limiter.take('192.0.2.1', 1_000_000 + ms);
    expect([at(0), at(0), at(0)]).toEqual([0, 0, 0]);
    expect(at(0)).toBe(2);
    expect(at(1_999)).toBe(1);
    expect(at(2_000)).toBe(0);
    expect(at(2_000)).toBe(2);
    expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([0, 0, 0, 2]);
  });

  it('counts each address alone', () => {
    const limiter = new RateLimiter({ burst: 1, perMinute: 1 });
    expect(limiter.take('192.0.2.1', 0)).toBe(0);
    expect(limiter.take('192.0.2.2', 0)).toBe(0);
    expect(limiter.take('192.0.2.1', 0)).toBe(60);
  });
});
