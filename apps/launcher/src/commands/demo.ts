import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, readConfig } from '#libs/config/config.js';
import {
  type ExampleSubmission,
  type ProblemPackage,
  readProblemPackages,
} from '#libs/problem-package/problem-package.js';
import { CHECKOUT } from '../checkout.js';
import { PROBLEMS } from '../demo/seed-problems.js';
import { type JudgedSubmission, SiteClient, SiteError, SiteUnreachable } from '../demo/site-client.js';
import { table } from '../demo/table.js';
import { Refusal } from '../refusal.js';
import { Screen } from '../screen/screen.js';
import { keysOf, readKey } from '../seed/keys.js';

const NOT_REACHABLE = 2;
const LOOK_EVERY_MS = 200;
/** Per submission still open; a judge host judges the slowest of them in a few seconds. */
const DEADLINE_PER_SUBMISSION_MS = 30_000;
const MIB = 1024 * 1024;

interface Sent {
  readonly problem: string;
  readonly example: ExampleSubmission;
  /** Null when the site refused it. */
  submission: JudgedSubmission | null;
  note: string;
}

/**
 * Submits every example program to a running site and compares verdicts. SAIBAN_URL names another site than the local one.
 * Exit code 0 when all are as expected, 1 when not, 2 when the site cannot be reached.
 */
export async function demo(): Promise<number> {
  const config = readConfig(process.env, CHECKOUT);
  const url = (process.env['SAIBAN_URL'] ?? `http://127.0.0.1:${config.port}`).replace(/\/+$/, '');
  const screen = new Screen();
  try {
    const site = await signIn(url, config);
    const problems = await readProblemPackages(PROBLEMS);
    for (const problem of problems) await site.publish(problem);
    const sent = await screen.during(`Submitting the examples to ${url}`, () => submitAll(site, problems));
    await screen.during('Judging', (detail) => awaitAll(site, sent, detail));
    return report(screen, sent);
  } catch (error) {
    if (!(error instanceof SiteUnreachable)) throw error;
    console.error(`${error.message} Start it with npm start, or set SAIBAN_URL or PORT.`);
    return NOT_REACHABLE;
  }
}

/** By the local token that the start left in SAIBAN_DATA, else by ADMIN_PASSWORD. */
async function signIn(url: string, config: Config): Promise<SiteClient> {
  const token = readKey(keysOf(config.dataFolder), 'admin-token');
  const local = new SiteClient(url, token);
  if (token !== null && (await local.signedIn())) return local;
  if (config.adminPassword === null) {
    throw new Refusal(
      `No admin token for ${url} lies in ${config.dataFolder}/keys. ` +
        'Set ADMIN_PASSWORD (and ADMIN_USERNAME), or SAIBAN_DATA to the folder of that site.',
    );
  }
  const site = new SiteClient(url);
  await site.login(config.adminUsername, config.adminPassword);
  return site;
}

async function submitAll(site: SiteClient, problems: readonly ProblemPackage[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const problem of problems) {
    for (const example of problem.submissions) {
      const row: Sent = { problem: problem.slug, example, submission: null, note: '' };
      sent.push(row);
      try {
        row.submission = await site.submit(problem.slug, example.language, example.source.toString('utf8'));
      } catch (error) {
        if (!(error instanceof SiteError)) throw error;
        row.note = error.message;
      }
    }
  }
  return sent;
}

async function awaitAll(site: SiteClient, sent: readonly Sent[], detail: (text: string) => void): Promise<void> {
  const deadline = Date.now() + DEADLINE_PER_SUBMISSION_MS * Math.max(sent.length, 1);
  for (let done = 0; done < sent.length && Date.now() < deadline; await sleep(LOOK_EVERY_MS)) {
    done = 0;
    for (const row of sent) {
      if (row.submission !== null && row.submission.state !== 'done') {
        row.submission = await site.submission(row.submission.id);
      }
      if (row.submission === null || row.submission.state === 'done') done++;
      detail(`${done} of ${sent.length}`);
    }
  }
}

function report(screen: Screen, sent: readonly Sent[]): number {
  const wrong = sent.filter((row) => row.submission?.verdict !== row.example.expected);
  const lines = table(
    ['left', 'left', 'left', 'left', 'left', 'right', 'right'],
    [['', 'problem', 'program', 'expected', 'got', 'time', 'memory'], ...sent.map(cells)],
  );
  for (const line of lines) screen.say(line);
  screen.say(
    wrong.length === 0
      ? `All ${sent.length} programs got the verdict they should.`
      : `${wrong.length} of ${sent.length} programs did not get the verdict they should.`,
  );
  return wrong.length === 0 && sent.length > 0 ? 0 : 1;
}

function cells({ problem, example, submission, note }: Sent): string[] {
  const got = submission?.verdict ?? (note || (submission?.state ?? ''));
  return [
    got === example.expected ? 'ok' : '!!',
    problem,
    example.path.replace(/^submissions\//, ''),
    example.expected,
    got,
    submission?.timeMs == null ? '-' : `${submission.timeMs} ms`,
    submission?.memoryBytes == null ? '-' : `${(submission.memoryBytes / MIB).toFixed(1)} MiB`,
  ];
}
