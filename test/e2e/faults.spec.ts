import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../support/child.js';
import { until } from '../support/child.js';
import { sumProgram, WORKER_KILLER } from '../support/programs.js';
import { startOwnPostgres } from '../support/own-postgres.js';
import { startSite, type TestSite } from '../support/site.js';
import {
  createSumProblem,
  expectNothingCounted,
  expectRightVerdicts,
  submit,
  submitSums,
  untilAllJudged,
  untilCaughtInTheAct,
} from '../support/submitting.js';

const LEASE_MS = 1_500;
const env = { JUDGE_LEASE_MS: String(LEASE_MS), JUDGE_SWEEP_MS: '300', HEARTBEAT_MS: '500' };

import.meta.jest.setTimeout(300_000);

const judging = (site: TestSite) => site.prisma.judgement.count({ where: { state: 'judging' } });

/** Since the worker seen last wrote its heartbeat. */
async function secondsUnseen(site: TestSite): Promise<number> {
  const [row] = await site.prisma.$queryRaw<{ seconds: number }[]>`
    SELECT extract(epoch FROM now() - max("lastSeenAt"))::float8 AS seconds FROM "WorkerHeartbeat"`;
  return row?.seconds ?? Infinity;
}

/** From here on Postgres refuses what takes room, as it does on a full disk; the function returned ends that. */
async function fillDisk(site: TestSite): Promise<() => Promise<unknown>> {
  await site.prisma.$executeRaw`
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`;
  for (const table of ['Run', 'Submission', 'Judgement']) {
    await site.prisma.$executeRawUnsafe(
      `CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION no_room()`,
    );
  }
  return () => site.prisma.$executeRaw`DROP FUNCTION no_room CASCADE`;
}

describe('Nothing is lost, and no trouble of ours becomes a verdict, when', () => {
  let site: TestSite;

  beforeEach(async () => {
    site = await startSite({ env });
  });
  afterEach(() => site.stop());

  it('the worker is killed with 50 submissions queued', async () => {
    await createSumProblem(site, 'killed-worker');
    const submitted = await submitSums(site, 'killed-worker', 50);
    await untilCaughtInTheAct(site);
    await site.worker.end('SIGKILL');
    site.worker.start();
    await untilAllJudged(site, 200_000);
    await expectRightVerdicts(site, submitted);
  });

  it('the runner is gone for a while and comes back', async () => {
    await createSumProblem(site, 'gone-runner');
    const submitted = await submitSums(site, 'gone-runner', 15);
    await untilCaughtInTheAct(site);
    await site.runner.end('SIGKILL');
    await sleep(3 * LEASE_MS);
    expect(await judging(site)).toBe(0);
    site.runner.start();
    await untilAllJudged(site, 120_000);
    await expectRightVerdicts(site, submitted);
    await expectNothingCounted(site);
  });

  it('the runner hangs: everything is given back at once, the worker stays in sight, and the runner goes on', async () => {
    await createSumProblem(site, 'hung-runner');
    const submitted = await submitSums(site, 'hung-runner', 10);
    await untilCaughtInTheAct(site);
    site.runner.signal('SIGSTOP');
    await until('the leases to be given back', 45_000, async () => (await judging(site)) === 0);
    // Otherwise the api would refuse submissions, as if no worker had the language.
    expect(await secondsUnseen(site)).toBeLessThan(5);
    site.runner.signal('SIGCONT');
    await untilAllJudged(site, 120_000);
    await expectRightVerdicts(site, submitted);
    await expectNothingCounted(site);
  });

  it("the database's disk is full for a while", async () => {
    await createSumProblem(site, 'full-disk');
    const submitted = await submitSums(site, 'full-disk', 10);
    await untilCaughtInTheAct(site);
    const makeRoom = await fillDisk(site);
    const refused = await site.call('POST', '/api/submissions', site.adminToken, {
      problem: 'full-disk',
      language: 'bash',
      source: 'echo',
    });
    expect(refused).toMatchObject({ status: 503, body: { code: 'DATABASE_DISK_FULL' } });
    await sleep(2 * LEASE_MS);
    await makeRoom();
    await untilAllJudged(site, 120_000);
    await expectRightVerdicts(site, submitted);
    await expectNothingCounted(site);
  });

  it('a worker is stopped past its lease, another finishes, and the first goes on', async () => {
    await createSumProblem(site, 'stopped-worker');
    const submitted = await submitSums(site, 'stopped-worker', 6);
    await untilCaughtInTheAct(site);
    site.worker.signal('SIGSTOP');
    const second = site.newWorker();
    second.start();
    await untilAllJudged(site, 120_000);
    const rows = () =>
      site.prisma.judgement.findMany({ orderBy: { id: 'asc' }, include: { runs: { orderBy: { ordinal: 'asc' } } } });
    const before = await rows();
    expect(before.some((judgement) => judgement.lostHolders === 1)).toBe(true);
    site.worker.signal('SIGCONT');
    await sleep(2 * LEASE_MS);
    expect(await rows()).toEqual(before);
    await expectRightVerdicts(site, submitted);
  });

  it('the worker stops cleanly in the middle: leases are given back and nothing is counted', async () => {
    await createSumProblem(site, 'clean-stop');
    const submitted = await submitSums(site, 'clean-stop', 6);
    await untilCaughtInTheAct(site);
    await site.worker.end('SIGTERM');
    expect(await judging(site)).toBe(0);
    await expectNothingCounted(site);
    site.worker.start();
    await untilAllJudged(site, 60_000);
    await expectRightVerdicts(site, submitted);
  });
});

describe('Postgres is killed with 50 submissions queued', () => {
  it('and started again: every verdict is right, none lost, none twice', async () => {
    const postgres = await startOwnPostgres();
    const site = await startSite({ env, postgresUrl: postgres.url });
    try {
      await createSumProblem(site, 'killed-postgres');
      const submitted = await submitSums(site, 'killed-postgres', 50);
      await untilCaughtInTheAct(site);
      await postgres.crash();
      await sleep(LEASE_MS);
      await postgres.start();
      await untilAllJudged(site, 200_000);
      await expectRightVerdicts(site, submitted);
      await expectNothingCounted(site);
    } finally {
      await site.stop();
      await postgres.stop();
    }
  });
});

describe('A submission whose judging kills its worker every time', () => {
  let site: TestSite;
  let supervised: Child;
  let supervising = true;

  beforeAll(async () => {
    site = await startSite({ env });
    await site.worker.end();
    supervised = site.newWorker('test/support/crashing-worker.js');
    supervised.start();
    await site.healthy();
  });
  afterAll(async () => {
    supervising = false;
    await site.stop();
  });

  it('ends as JE with the reason, and the 20 behind it are judged', async () => {
    await createSumProblem(site, 'killer');
    const killer = await submit(site, site.adminToken, 'killer', {
      expected: 'JE',
      source: `# ${WORKER_KILLER}`,
      runs: 0,
    });
    const behind = await Promise.all(
      Array.from({ length: 20 }, (_, at) => submit(site, site.adminToken, 'killer', sumProgram(at, 'behind'))),
    );
    void (async () => {
      for (; supervising; await sleep(100)) if (!supervised.alive) supervised.start();
    })();
    await untilAllJudged(site, 240_000);
    await expectRightVerdicts(site, behind);
    const { body } = await site.call('GET', `/api/submissions/${killer.id}`, site.adminToken);
    expect(body).toMatchObject({ state: 'done', verdict: 'JE' });
    const judgement = await site.prisma.judgement.findFirstOrThrow({ where: { submissionId: BigInt(killer.id) } });
    expect(judgement.faultReason).toContain('5 workers were lost');
  });

  it('is judged well by a rejudge once the cause is gone', async () => {
    supervising = false;
    await supervised.end();
    site.worker.start();
    await site.healthy();
    const [killer] = await site.prisma.submission.findMany({ orderBy: { id: 'asc' }, take: 1 });
    const rejudge = await site.call('POST', `/api/submissions/${killer?.id}/rejudge`, site.adminToken);
    expect(rejudge.status).toBeLessThan(300);
    const verdict = await until('the rejudge', 60_000, async () => {
      const { body } = await site.call('GET', `/api/submissions/${killer?.id}`, site.adminToken);
      return body.verdict !== 'JE' && body.verdict;
    });
    // The killer is but a comment: it prints nothing.
    expect(verdict).toBe('WA');
  });
});
