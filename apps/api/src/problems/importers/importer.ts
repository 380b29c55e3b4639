import type { NewTestCase } from '../content.js';
import type { ProblemSettings } from '../problems.dto.js';
import type { ZipArchive } from './zip-archive.js';

/** Reads one format; writes nothing. Throws ApiError with a code PROBLEM_ZIP_… or PROBLEM_YAML_…. */
export type Importer = (archive: ZipArchive) => Promise<ImportedProblem>;

export interface ImportedProblem {
  /** Null: the upload's form field or the name of its file decides. */
  readonly slug: string | null;
  /** What the package says; the rest keeps its present or default value. */
  readonly settings: Partial<ProblemSettings>;
  readonly testCases: readonly NewTestCase[];
  /** What was left unread, for the person who imports. */
  readonly warnings: readonly string[];
}
