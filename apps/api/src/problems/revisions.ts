import { Injectable } from '@nestjs/common';
import { BlobStore } from '#libs/database/blob-store.js';
import type { Prisma, ProblemRevision } from '#libs/database/generated/client.js';
import { type CheckerOptions, DEFAULT_CHECKER } from '#libs/judging/checkers/index.js';
import { outputLimitBytes } from '#libs/judging/limits.js';
import { type NewTestCase, storeContents } from './content.js';
import type { ProblemSettings } from './problems.dto.js';

type Tx = Prisma.TransactionClient;

/** What of a problem is judged by. Absent: as in the present revision, else the default. */
export type RevisionChange = Partial<
  Pick<ProblemSettings, 'timeLimitMs' | 'memoryLimitBytes' | 'outputLimitBytes' | 'checker' | 'checkerOptions'>
> & { readonly testCases?: readonly NewTestCase[] };

interface TestCaseRow {
  readonly ordinal: number;
  readonly name: string;
  readonly sample: boolean;
  readonly inputDigest: string;
  readonly answerDigest: string;
}

const DEFAULT_TIME_LIMIT_MS = 1000;
const DEFAULT_MEMORY_LIMIT_BYTES = 256 * 1024 * 1024;

/** Revisions are never changed: what is judged by another rule or other data is judged by another revision. */
@Injectable()
export class Revisions {
  constructor(private readonly blobs: BlobStore) {}

  /** The caller holds the problem's row. Returns the current revision's id: the old one when nothing changed. */
  async save(tx: Tx, problemId: bigint, currentId: bigint | null, actorId: bigint, change: RevisionChange) {
    const current = currentId === null ? null : await tx.problemRevision.findUnique({ where: { id: currentId } });
    const kept = current === null ? [] : await testCaseRows(tx, current.id);
    const rows = change.testCases === undefined ? kept : rowsOf(change.testCases);
    const rules = rulesOf(change, current, await longestAnswerBytes(tx, change, current));
    if (current !== null && same(rules, rulesOf({}, current, 0)) && same(rows, kept)) return current.id;
    if (change.testCases !== undefined) await storeContents(tx, this.blobs, change.testCases);
    const { _max } = await tx.problemRevision.aggregate({ where: { problemId }, _max: { number: true } });
    const revision = await tx.problemRevision.create({
      data: { ...rules, problemId, number: (_max.number ?? 0) + 1, createdById: actorId },
    });
    await tx.testCase.createMany({ data: rows.map((row) => ({ ...row, revisionId: revision.id })) });
    return revision.id;
  }
}

/** Samples first, else as they came. */
function rowsOf(testCases: readonly NewTestCase[]): TestCaseRow[] {
  const inOrder = [...testCases.filter(({ sample }) => sample), ...testCases.filter(({ sample }) => !sample)];
  return inOrder.map(({ name, sample, input, answer }, at) => ({
    ordinal: at + 1,
    name: name === '' ? String(at + 1) : name,
    sample,
    inputDigest: input.digest,
    answerDigest: answer.digest,
  }));
}

const testCaseRows = (tx: Tx, revisionId: bigint): Promise<TestCaseRow[]> =>
  tx.testCase.findMany({
    where: { revisionId },
    orderBy: { ordinal: 'asc' },
    select: { ordinal: true, name: true, sample: true, inputDigest: true, answerDigest: true },
  });

async function longestAnswerBytes(tx: Tx, change: RevisionChange, current: ProblemRevision | null): Promise<number> {
  if (change.testCases !== undefined) return Math.max(0, ...change.testCases.map(({ answer }) => answer.sizeBytes));
  if (current === null) return 0;
  const where = { answers: { some: { revisionId: current.id } } };
  const { _max } = await tx.blob.aggregate({ where, _max: { sizeBytes: true } });
  return Number(_max.sizeBytes ?? 0n);
}

function rulesOf(change: RevisionChange, current: ProblemRevision | null, longestAnswer: number) {
  const { absolute, relative, caseSensitive, spaceSensitive } = (change.checkerOptions ??
    current?.checkerOptions ??
    {}) as CheckerOptions;
  const wanted = change.outputLimitBytes ?? (current === null ? undefined : Number(current.outputLimitBytes));
  return {
    timeLimitMs: change.timeLimitMs ?? current?.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS,
    memoryLimitBytes: BigInt(change.memoryLimitBytes ?? current?.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES),
    outputLimitBytes: BigInt(outputLimitBytes(wanted, longestAnswer)),
    checker: change.checker ?? current?.checker ?? DEFAULT_CHECKER,
    checkerOptions: {
      ...(absolute === undefined ? {} : { absolute }),
      ...(relative === undefined ? {} : { relative }),
      ...(caseSensitive === undefined ? {} : { caseSensitive }),
      ...(spaceSensitive === undefined ? {} : { spaceSensitive }),
    },
  };
}

const same = (a: unknown, b: unknown) => asJson(a) === asJson(b);
const asJson = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
