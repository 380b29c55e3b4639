import path from 'node:path';
import { type ProblemPackage, readProblemPackages } from '#libs/problem-package/problem-package.js';
import { ROOT, until } from '../support/child.js';
import { startSite, type TestSite } from '../support/site.js';
import { publishPackage, submitExample } from '../support/submitting.js';

/** Toolchain check, start of all processes and upload of the problems. */
const START_TIMEOUT_MS = 180_000;
/** All are submitted at once, so the first that is asked for may wait for all others. */
const JUDGED_WITHIN_MS = 300_000;

const packages = await readProblemPackages(path.join(ROOT, 'test/problems'));

describe('the demo problems', () => {
  let site: TestSite;
  /** Ids of submissions by slug and path. */
  const ids = new Map<string, string>();

  beforeAll(async () => {
    // A cache smaller than the data of one problem: what does not fit goes to the runner again, and every verdict is right.
    site = await startSite({ env: { RUNNER_BLOB_CACHE_MIB: '1' } });
    for (const problem of packages) await publishPackage(site, problem);
    await Promise.all(packages.map(submitAll));
  }, START_TIMEOUT_MS);

  afterAll(() => site?.stop(), START_TIMEOUT_MS);

  async function submitAll({ slug, submissions }: ProblemPackage): Promise<void> {
    for (const submission of submissions) {
      const created = await submitExample(site, slug, submission);
      expect(created).toMatchObject({ status: 201, body: { state: 'queued', verdict: null } });
      ids.set(`${slug}/${submission.path}`, created.body.id as string);
    }
  }

  const judged = (name: string) =>
    until(`the judgement of ${name}`, JUDGED_WITHIN_MS, async () => {
      const { status, body } = await site.call('GET', `/api/submissions/${ids.get(name)}`, site.adminToken);
      return status === 200 && body.state === 'done' ? body : null;
    });

  const examples = packages.flatMap(({ slug, testCases, submissions }) =>
    submissions.map(({ path, expected }) => ({ name: `${slug}/${path}`, expected, testCases: testCases.length })),
  );

  it.each(examples)(
    'give $expected to $name',
    async ({ name, expected, testCases }) => {
      const { verdict, score, timeMs, memoryBytes, compileOutput, runs } = await judged(name);
      expect({ verdict, runs, compileOutput }).toMatchObject({ verdict: expected });
      if (expected === 'CE') {
        expect(runs).toEqual([]);
        expect(compileOutput).toContain('error');
        return;
      }
      const verdicts = runs.map((run: { verdict: string }) => run.verdict);
      const passed = expected === 'AC' ? testCases : verdicts.length - 1;
      expect(verdicts).toEqual([
        ...Array.from({ length: passed }, () => 'AC'),
        ...(expected === 'AC' ? [] : [expected]),
      ]);
      expect(score).toBe(expected === 'AC' ? 100 : 0);
      for (const measured of [{ timeMs, memoryBytes }, ...runs]) {
        expect(measured.timeMs).toBeGreaterThan(0);
        expect(measured.memoryBytes).toBeGreaterThan(0);
      }
    },
    JUDGED_WITHIN_MS,
  );

  it('have an example of every verdict that a program can earn', () => {
    for (const { submissions } of packages) {
      expect(new Set(submissions.map((one) => one.expected))).toEqual(
        new Set(['AC', 'WA', 'TLE', 'MLE', 'OLE', 'RTE', 'CE']),
      );
    }
  });

  it('are of the kinds that were promised', () => {
    const accepted = packages.flatMap((one) => one.submissions).filter((one) => one.expected === 'AC');
    const languages = new Set(accepted.map((one) => one.language));
    expect(languages).toEqual(new Set(['c', 'cpp', 'java', 'python3', 'javascript', 'bash', 'ruby', 'plain']));
    expect(packages.some((one) => one.testCases.filter((testCase) => !testCase.sample).length >= 50)).toBe(true);
    expect(packages.some((one) => one.checker === 'floats')).toBe(true);
    expect(
      Math.max(...packages.flatMap((one) => one.testCases.map((testCase) => testCase.input.length))),
    ).toBeGreaterThan(5_000_000);
  });
});
