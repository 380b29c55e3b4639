import { Injectable } from '@nestjs/common';
import { JudgeEvents } from '#libs/queue/judge-events.js';
import type { Viewer } from '../auth/viewer.js';
import type { Feed } from '../events/follow.js';
import { SubmissionsRepository } from './submissions.repository.js';
import { SubmissionsService } from './submissions.service.js';

@Injectable()
export class SubmissionEvents {
  constructor(
    private readonly submissions: SubmissionsService,
    private readonly repository: SubmissionsRepository,
    private readonly judgeEvents: JudgeEvents,
  ) {}

  /** Follows the newest judgement, whatever happens to it. Throws 404 to those who may not see the submission. */
  async feed(viewer: Viewer | null, id: bigint): Promise<Feed> {
    await this.submissions.show(viewer, id);
    const judgementId = await this.repository.newestJudgement(id);
    return {
      finalEvent: 'judgement',
      subscribe: (listener) => this.judgeEvents.subscribe('judge', judgementId, listener),
      read: async () => {
        // In this order: a view read after it was done is the final one.
        const done = await this.repository.isDone(judgementId);
        return { done, view: await this.submissions.show(viewer, id) };
      },
    };
  }
}
