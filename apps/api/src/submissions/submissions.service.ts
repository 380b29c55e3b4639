import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import type { Submission } from '#libs/database/generated/client.js';
import { obstacle, type Restrictions } from '#libs/judging/restrictions.js';
import { JudgeQueue, PRIORITY } from '#libs/queue/judge.queue.js';
import type { Viewer } from '../auth/viewer.js';
import { conflict, notAllowed, problemNotFound, submissionNotFound } from '../common/errors.js';
import { SLUG } from '../common/names.js';
import { sourceBytes } from '../common/source.js';
import { LanguagesService } from '../languages/languages.service.js';
import { isStaff, requireVisible } from '../problems/problem-staff.js';
import { ProblemsRepository } from '../problems/problems.repository.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { rowView, shownJudgement, sightOf, submissionView } from './submission-view.js';
import type { SubmissionsQuery, SubmissionsView, SubmissionView, SubmitBody } from './submissions.dto.js';
import { type QueuedJudgement, SubmissionsRepository, type WholeSubmission } from './submissions.repository.js';

const DEFAULT_ROWS = 50;

@Injectable()
export class SubmissionsService {
  private readonly log = new Logger(SubmissionsService.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: SubmissionsRepository,
    private readonly problems: ProblemsRepository,
    private readonly languages: LanguagesService,
    private readonly rateLimits: RateLimits,
    private readonly queue: JudgeQueue,
  ) {}

  async submit(viewer: Viewer, body: SubmitBody, idempotencyKey: string | null): Promise<SubmissionView> {
    const source = sourceBytes(body.source);
    const problem = await this.openProblem(viewer, body.problem);
    const row = { userId: viewer.id, problemId: problem.id, language: body.language, source, idempotencyKey };
    // Before all that may have changed since the first time: a retried request gets its first answer.
    const earlier = idempotencyKey === null ? null : await this.repository.byKey(viewer.id, idempotencyKey);
    if (earlier !== null) return this.show(viewer, sameAs(row, earlier).id);
    const restrictions = await this.languages.requireReady(body.language);
    if (restrictions !== null) await this.requireJudgeable(problem.id, restrictions);
    const created = await this.repository.create(row, async (tx) => {
      if (isStaff(viewer, problem)) return;
      await this.rateLimits.take(`submit ${viewer.id}`, this.config.rates.submit, 'submissions', tx);
    });
    if (created === null) {
      const first = await this.repository.byKey(viewer.id, idempotencyKey ?? '');
      if (first === null) throw submissionNotFound();
      return this.show(viewer, sameAs(row, first).id);
    }
    // Read before a worker can have it: the answer to a submission says `queued`.
    const view = await this.show(viewer, created.id);
    await this.enqueue(created.judgement, PRIORITY.submission);
    return view;
  }

  async show(viewer: Viewer | null, id: bigint): Promise<SubmissionView> {
    const submission = await this.repository.find(id);
    if (submission === null) throw submissionNotFound();
    const sight = sightOf(viewer, submission);
    if (sight === 'none') throw submissionNotFound();
    const shown = shownJudgement(submission);
    const runs = sight === 'summary' || shown.state !== 'done' ? [] : await this.repository.runs(shown.id);
    return submissionView(submission, runs, sight);
  }

  async list(viewer: Viewer | null, query: SubmissionsQuery): Promise<SubmissionsView> {
    const limit = query.limit ?? DEFAULT_ROWS;
    const found = await this.repository.list(viewer, query, limit);
    const rows = found.slice(0, limit).map(rowView);
    return { rows, next: found.length > limit ? (rows.at(-1)?.id ?? null) : null };
  }

  async rejudge(viewer: Viewer, id: bigint): Promise<SubmissionView> {
    const submission = await this.visible(viewer, id);
    if (!isStaff(viewer, submission.problem)) throw notAllowed("the problem's owner, its editors and admins");
    const judgement = await this.repository.rejudge(id, submission.problemId, viewer.id);
    await this.enqueue(judgement, PRIORITY.rejudge);
    return this.show(viewer, id);
  }

  private async visible(viewer: Viewer | null, id: bigint): Promise<WholeSubmission> {
    const submission = await this.repository.find(id);
    if (submission === null || sightOf(viewer, submission) === 'none') throw submissionNotFound();
    return submission;
  }

  private async openProblem(viewer: Viewer, slug: string) {
    if (!SLUG.test(slug)) throw problemNotFound();
    return requireVisible(viewer, await this.problems.findStaffing(slug));
  }

  /** Throws 409 PROBLEM_NEEDS_OWN_RUNNER where programs run on a server that cannot be trusted with this problem. */
  private async requireJudgeable(problemId: bigint, restrictions: Restrictions): Promise<void> {
    const needs = await this.problems.needs(problemId);
    const why = needs && obstacle(needs, restrictions);
    if (why === null) return;
    throw conflict(
      'PROBLEM_NEEDS_OWN_RUNNER',
      `This site runs programs on a plain paiza server, which cannot judge this problem: ${why}. ` +
        "Ask the site's admin to use Saiban's own runner.",
    );
  }

  /** After the commit. When the queue is down, the row stands and the sweeper adds it later. */
  private async enqueue(judgement: QueuedJudgement, priority: number): Promise<void> {
    try {
      await this.queue.add('judge', judgement, priority);
    } catch (error) {
      this.log.warn(`Judgement ${judgement.id} is not in the queue yet: ${String(error)}`);
    }
  }
}

/** One key names one submission. */
function sameAs(row: { problemId: bigint; language: string; source: Buffer }, earlier: Submission): Submission {
  const { problemId, language, source } = earlier;
  if (problemId === row.problemId && language === row.language && row.source.equals(source)) return earlier;
  throw conflict('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was sent with another submission. Use a new key.');
}
