import type { Viewer } from '../auth/viewer.js';
import { isStaff, isVisible } from '../problems/problem-staff.js';
import type { RunView, SubmissionView } from './submissions.dto.js';
import type { ListedSubmission, WholeJudgement, WholeRun, WholeSubmission } from './submissions.repository.js';

/** How much of a submission someone may see. */
export type Sight = 'none' | 'summary' | 'author' | 'staff';

export function sightOf(viewer: Viewer | null, submission: WholeSubmission): Sight {
  if (isStaff(viewer, submission.problem)) return 'staff';
  if (viewer !== null && submission.userId === viewer.id) return 'author';
  return isVisible(viewer, submission.problem) ? 'summary' : 'none';
}

/** The judgement that is shown: the effective one, before there is one the newest. */
export function shownJudgement(submission: WholeSubmission): WholeJudgement {
  const [shown] = submission.judgements;
  if (shown === undefined) throw new Error(`Submission ${submission.id} has no judgement.`);
  return shown;
}

export function submissionView(
  submission: WholeSubmission,
  runs: readonly WholeRun[],
  sight: 'summary' | 'author' | 'staff',
): SubmissionView {
  const { user, problem } = submission;
  const shown = shownJudgement(submission);
  const summary = rowView({ ...submission, ...user, ...problem, ...judged(shown), ...whoWhen(submission) });
  if (sight === 'summary') return summary;
  const done = shown.state === 'done';
  return {
    ...summary,
    score: done && shown.score !== null ? Number(shown.score) : null,
    rejudging: submission.judgements.some(({ id, state }) => id > shown.id && state !== 'done'),
    approximate: shown.approximate,
    source: text(submission.source) ?? '',
    compileOutput: done ? text(shown.compileOutput) : null,
    runs: done ? runs.map((run) => runView(run, sight)) : [],
    ...(sight === 'staff' ? { faultReason: shown.faultReason } : {}),
  };
}

/** Problem and user have ids and times of their own: the submission's count. */
const whoWhen = ({ id, language, createdAt }: WholeSubmission) => ({ id, language, createdAt });
const judged = ({ state, verdict, cpuTimeUs, memoryPeakBytes }: WholeJudgement) => ({
  state,
  verdict,
  cpuTimeUs,
  memoryPeakBytes,
});

/** See SubmissionRowView. */
export function rowView(row: ListedSubmission) {
  const done = row.state === 'done';
  return {
    id: String(row.id),
    user: { username: row.username, displayName: row.displayName },
    problem: row.slug,
    problemTitle: row.title,
    language: row.language,
    state: row.state,
    verdict: done ? row.verdict : null,
    timeMs: done ? milliseconds(row.cpuTimeUs) : null,
    memoryBytes: done && row.memoryPeakBytes !== null ? Number(row.memoryPeakBytes) : null,
    createdAt: row.createdAt.toISOString(),
  };
}

/** A secret test case's texts may tell its input or answer, and so may the program's own output: only staff see them. */
function runView(run: WholeRun, sight: 'author' | 'staff'): RunView {
  const open = sight === 'staff' || run.testCase.sample;
  return {
    ordinal: run.ordinal,
    sample: run.testCase.sample,
    verdict: run.verdict,
    timeMs: milliseconds(run.cpuTimeUs) ?? 0,
    memoryBytes: Number(run.memoryPeakBytes),
    message: open ? run.message : null,
    stderr: open ? text(run.stderr) : null,
    stdout: open ? text(run.stdout) : null,
  };
}

/** Rounded up: a run of 0.2 ms took time. */
const milliseconds = (us: number | null) => (us === null ? null : Math.ceil(us / 1000));
const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('utf8'));
