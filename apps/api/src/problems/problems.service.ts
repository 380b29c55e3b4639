import { Injectable } from '@nestjs/common';
import type { TestCase } from '#libs/database/generated/client.js';
import type { Viewer } from '../auth/viewer.js';
import { badRequest, conflict, notAllowed, notFound, problemNotFound } from '../common/errors.js';
import { isUniqueViolation } from '../common/database-errors.js';
import { contentOf } from './content.js';
import { isStaff, ownsOrAdmins, requireOwner, requireStaff, requireVisible } from './problem-staff.js';
import {
  type CheckerOptionsBody,
  type CreateProblemBody,
  type ProblemView,
  type ProblemsQuery,
  type ProblemsView,
  type SampleView,
  type TestCaseBody,
  type TestCaseView,
  type UpdateProblemBody,
} from './problems.dto.js';
import { type ProblemFields, ProblemsRepository, type WholeProblem } from './problems.repository.js';
import type { RevisionChange } from './revisions.js';

const SAMPLE_SHOWN_BYTES = 64 * 1024;

@Injectable()
export class ProblemsService {
  constructor(private readonly repository: ProblemsRepository) {}

  async list(viewer: Viewer | null, query: ProblemsQuery): Promise<ProblemsView> {
    const page = query.page ?? 1;
    const { rows, total, pages } = await this.repository.page(viewer, query, page);
    return { rows: rows.map((row) => rowView(row, viewer && row.standings.length > 0)), page, pages, total };
  }

  async show(viewer: Viewer | null, slug: string): Promise<ProblemView> {
    const problem = requireVisible(viewer, await this.repository.find(slug));
    const revision = revisionOf(problem);
    const testCases = await this.repository.testCases(revision.id, { sample: true });
    const solved = viewer && (await this.repository.isSolved(problem.id, viewer.id));
    return {
      ...rowView(problem, solved),
      statement: problem.statement,
      outputLimitBytes: Number(revision.outputLimitBytes),
      checker: revision.checker,
      checkerOptions: revision.checkerOptions as CheckerOptionsBody,
      samples: await Promise.all(testCases.map((testCase) => this.sampleView(testCase))),
      owner: { username: problem.owner.username, displayName: problem.owner.displayName },
      createdAt: problem.createdAt.toISOString(),
      updatedAt: problem.updatedAt.toISOString(),
      ...(isStaff(viewer, problem) ? await this.staffView(problem) : {}),
    };
  }

  async create(viewer: Viewer, body: CreateProblemBody): Promise<ProblemView> {
    const fields = { ...fieldsOf(body), visibility: body.visibility ?? 'published' };
    await this.insert(viewer, body.slug, fields, changeOf(body));
    return this.show(viewer, body.slug);
  }

  async update(viewer: Viewer, slug: string, body: UpdateProblemBody): Promise<ProblemView> {
    const problem = requireStaff(viewer, await this.repository.find(slug));
    if (body.slug !== undefined && body.slug !== slug) {
      throw badRequest('SLUG_FIXED', 'A slug does not change: links and submissions name it. Leave it out.');
    }
    if (body.editors !== undefined && !ownsOrAdmins(viewer, problem))
      throw notAllowed("the problem's owner and admins");
    const editors = body.editors && (await this.userIds(body.editors));
    const done = await this.repository.update(problem.id, viewer.id, fieldsOf(body), changeOf(body), editors);
    if (!done) throw problemNotFound();
    return this.show(viewer, slug);
  }

  /** Of an import: a draft when new, a new revision when the problem is the viewer's. */
  async save(viewer: Viewer, slug: string, fields: ProblemFields, change: RevisionChange): Promise<ProblemView> {
    const existing = await this.repository.find(slug);
    if (existing === null) await this.insert(viewer, slug, { ...fields, visibility: 'draft' }, change);
    else if (!isStaff(viewer, existing)) throw slugTaken();
    else if (!(await this.repository.update(existing.id, viewer.id, fields, change))) throw problemNotFound();
    return this.show(viewer, slug);
  }

  async setEditors(viewer: Viewer, slug: string, usernames: readonly string[]): Promise<string[]> {
    const problem = requireOwner(viewer, await this.repository.find(slug));
    await this.repository.setEditors(problem.id, await this.userIds(usernames));
    return editorsOf((await this.repository.find(slug)) ?? problem);
  }

  async remove(viewer: Viewer, slug: string): Promise<void> {
    const problem = requireOwner(viewer, await this.repository.find(slug));
    await this.repository.remove(problem.id, viewer.id, slug);
  }

  async testCases(viewer: Viewer, slug: string): Promise<TestCaseView[]> {
    const problem = requireStaff(viewer, await this.repository.find(slug));
    const rows = await this.repository.testCases(revisionOf(problem).id);
    return rows.map(({ ordinal, name, sample, input, answer }) => ({
      ordinal,
      name,
      sample,
      inputBytes: Number(input.sizeBytes),
      answerBytes: Number(answer.sizeBytes),
    }));
  }

  /** The blob to stream. */
  async testCaseBlob(viewer: Viewer, slug: string, ordinal: number, side: 'input' | 'answer') {
    const problem = requireStaff(viewer, await this.repository.find(slug));
    const [testCase] = await this.repository.testCases(revisionOf(problem).id, { ordinal });
    if (!testCase) throw notFound('TEST_CASE_NOT_FOUND', 'The problem has no test case with this number.');
    return testCase[side];
  }

  private async insert(viewer: Viewer, slug: string, fields: ProblemFields, change: RevisionChange): Promise<void> {
    try {
      await this.repository.create(viewer.id, slug, fields, change);
    } catch (error) {
      if (isUniqueViolation(error)) throw slugTaken();
      throw error;
    }
  }

  private async userIds(usernames: readonly string[]): Promise<bigint[]> {
    const users = await this.repository.usersByName(usernames);
    const known = new Set(users.map(({ usernameKey }) => usernameKey));
    const unknown = usernames.filter((name) => !known.has(name.toLowerCase()));
    if (unknown.length > 0)
      throw badRequest('UNKNOWN_USER', `There is no user ${unknown.join(', ')}. Check the names.`);
    return users.map(({ id }) => id);
  }

  private async sampleView(testCase: TestCase): Promise<SampleView> {
    const [input, answer] = await Promise.all(
      [testCase.inputDigest, testCase.answerDigest].map((digest) =>
        this.repository.head(digest, SAMPLE_SHOWN_BYTES + 1),
      ),
    );
    const [shownInput, shownAnswer] = [input, answer].map((bytes) =>
      (bytes ?? Buffer.alloc(0)).subarray(0, SAMPLE_SHOWN_BYTES).toString('utf8'),
    );
    const truncated = [input, answer].some((bytes) => (bytes?.length ?? 0) > SAMPLE_SHOWN_BYTES);
    const { ordinal, name } = testCase;
    return { ordinal, name, input: shownInput ?? '', answer: shownAnswer ?? '', truncated };
  }

  private async staffView(problem: WholeProblem) {
    const { id, number } = revisionOf(problem);
    const testCaseCount = (await this.repository.testCases(id)).length;
    return { editors: editorsOf(problem), revision: number, testCaseCount };
  }
}

const slugTaken = () => conflict('SLUG_TAKEN', 'Another problem has this slug. Choose another.');
const editorsOf = (problem: WholeProblem) => problem.editors.map(({ user }) => user.username);

function revisionOf(problem: WholeProblem) {
  if (problem.currentRevision === null) throw new Error(`Problem ${problem.id} has no revision.`);
  return problem.currentRevision;
}

/** See ProblemRowView. */
function rowView(problem: Omit<WholeProblem, 'statement' | 'owner' | 'editors'>, solved: boolean | null) {
  return {
    slug: problem.slug,
    title: problem.title,
    tags: problem.tags,
    visibility: problem.visibility,
    timeLimitMs: problem.currentRevision?.timeLimitMs ?? 0,
    memoryLimitBytes: Number(problem.currentRevision?.memoryLimitBytes ?? 0),
    solved,
  };
}

const present = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

export const fieldsOf = ({ title, statement, tags, visibility }: ProblemFields): ProblemFields =>
  present({ title, statement, tags, visibility });

function changeOf(body: UpdateProblemBody): RevisionChange {
  const { timeLimitMs, memoryLimitBytes, outputLimitBytes, checker, checkerOptions, testCases } = body;
  const rules = present({ timeLimitMs, memoryLimitBytes, outputLimitBytes, checker, checkerOptions });
  return testCases === undefined ? rules : { ...rules, testCases: testCases.map(newTestCase) };
}

const newTestCase = (body: TestCaseBody) => ({
  name: body.name ?? '',
  sample: body.sample ?? false,
  input: contentOf(body.input),
  answer: contentOf(body.answer),
});
