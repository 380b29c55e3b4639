import { jest } from '@jest/globals';
import path from 'node:path';
import { readProblemPackages } from '#libs/problem-package/problem-package.js';
import { freePort, ROOT } from '../support/child.js';
import { Proxy } from '../support/proxy.js';
import { startSite, type TestSite } from '../support/site.js';
import { publishPackage, submitExample, untilAllJudged } from '../support/submitting.js';

/** Every run is one guest run, one after the other. */
const JUDGED_WITHIN_MS = 420_000;
jest.setTimeout(JUDGED_WITHIN_MS + 180_000);

const packages = await readProblemPackages(path.join(ROOT, 'test/problems'));
/** Its longest input has 5 MB. */
const IMPOSSIBLE = ['visitors'];
const possible = packages.filter(({ slug }) => !IMPOSSIBLE.includes(slug));

describe('A server that only has the plain paiza API', () => {
  let proxy: Proxy;
  let site: TestSite;

  beforeAll(async () => {
    const port = await freePort();
    // Our own runner as a stranger sees it: without what announces the superset, and as a guest.
    proxy = await Proxy.start(`http://127.0.0.1:${port}`);
    proxy.hides = (request) => request.path.startsWith('/runners/capabilities');
    site = await startSite({
      env: {
        RUNNER_PORT: String(port),
        PAIZA_URL: proxy.url,
        // No demo problem gives more; programs that spin would cost ten seconds each.
        RUNNER_GUEST_TIME_LIMIT_MS: '2000',
        RATE_GUEST_BURST: '100000',
        RATE_GUEST_PER_MINUTE: '100000',
      },
    });
    for (const problem of packages) await publishPackage(site, problem);
  });
  afterAll(async () => {
    await site?.stop();
    await proxy?.stop();
  });

  it('judges the demo problems as our own does', async () => {
    const wanted: Record<string, string> = {};
    for (const { slug, submissions } of possible) {
      for (const submission of submissions) {
        const { status, body } = await submitExample(site, slug, submission);
        expect([slug, submission.path, status]).toEqual([slug, submission.path, 201]);
        wanted[`${body.id} ${slug}/${submission.path}`] = submission.expected;
      }
    }
    await untilAllJudged(site, JUDGED_WITHIN_MS);
    const judged = await site.prisma.judgement.findMany({ include: { submission: true } });
    const verdicts = new Map(judged.map((one) => [String(one.submissionId), one]));
    const got = Object.keys(wanted).map((name) => [name, verdicts.get(name.split(' ')[0] ?? '')?.verdict ?? null]);
    expect(Object.fromEntries(got)).toEqual(wanted);
    // Compile errors have no figures.
    const ran = judged.filter(({ verdict }) => verdict !== 'CE');
    expect(ran.every(({ approximate }) => approximate)).toBe(true);
    expect(proxy.count('POST', /create/)).toBeGreaterThan(300);
    expect(proxy.seen.filter((one) => /blobs|cancel|runs\.json/.test(one.path))).toEqual([]);
  });

  it('refuses what it cannot judge when it is submitted, and says why', async () => {
    for (const { slug, submissions } of packages.filter((one) => IMPOSSIBLE.includes(one.slug))) {
      for (const submission of submissions) {
        expect(await submitExample(site, slug, submission)).toMatchObject({
          status: 409,
          body: { code: 'PROBLEM_NEEDS_OWN_RUNNER', message: expect.stringMatching(/an input of \d+ bytes/) },
        });
      }
    }
  });
});
