import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Verdict, verdicts } from '#libs/judging/verdict.js';
import type { LanguageId } from '#libs/paiza/languages.js';
import { ProblemPackageError } from './problem-package-error.js';
import { parseProblemYaml, type ProblemYaml } from './problem-yaml.js';
import { isSourceExtension, sourceLanguages } from './source-languages.js';
import { namesIn, type PackagedTestCase, readTestCases } from './test-cases.js';

/** A verdict that a program can earn: JE is never the student's. */
export type ExpectedVerdict = Exclude<Verdict, 'JE'>;

export interface ExampleSubmission {
  /** Within the package, such as `submissions/AC/sum.c`. */
  readonly path: string;
  readonly language: LanguageId;
  readonly expected: ExpectedVerdict;
  readonly source: Buffer;
}

/** A problem as a folder; test/problems/README.md shows one. */
export interface ProblemPackage extends ProblemYaml {
  readonly slug: string;
  /** Markdown with LaTeX between dollar signs. */
  readonly statement: string;
  /** In judging order; at least one is secret. */
  readonly testCases: readonly PackagedTestCase[];
  readonly submissions: readonly ExampleSubmission[];
}

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * Reads the package in `folder`, whose name is the slug. A `data/generate.mjs` is executed, so read only packages that
 * are trusted like the code itself. Throws ProblemPackageError.
 */
export async function readProblemPackage(folder: string): Promise<ProblemPackage> {
  const slug = path.basename(path.resolve(folder));
  if (!SLUG.test(slug)) {
    const message = `"${slug}" is no slug. Name the folder with small letters, digits and single hyphens.`;
    throw new ProblemPackageError('PROBLEM_PACKAGE_SLUG_INVALID', message);
  }
  const yamlFile = path.join(folder, 'problem.yaml');
  return {
    slug,
    ...parseProblemYaml(await readText(yamlFile), yamlFile),
    statement: await readText(path.join(folder, 'statement.md')),
    testCases: await readTestCases(path.join(folder, 'data')),
    submissions: await readSubmissions(folder),
  };
}

/** The packages in `folder`, by slug; files in it, such as a README, are left alone. Throws ProblemPackageError. */
export async function readProblemPackages(folder: string): Promise<ProblemPackage[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const slugs = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(slugs.toSorted().map((slug) => readProblemPackage(path.join(folder, slug))));
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const message =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `${file} is missing. Every package has one.`
        : `${file} cannot be read as UTF-8 text. ${(error as Error).message}`;
    throw new ProblemPackageError('PROBLEM_PACKAGE_FILE_UNREADABLE', message, { cause: error });
  }
}

async function readSubmissions(folder: string): Promise<ExampleSubmission[]> {
  const submissions: ExampleSubmission[] = [];
  for (const verdict of await namesIn(path.join(folder, 'submissions'))) {
    for (const file of await namesIn(path.join(folder, 'submissions', verdict))) {
      submissions.push(await readSubmission(folder, verdict, file));
    }
  }
  return submissions;
}

async function readSubmission(folder: string, verdict: string, file: string): Promise<ExampleSubmission> {
  const within = path.join('submissions', verdict, file);
  const where = path.join(folder, within);
  const expected = verdicts.find((known) => known === verdict);
  if (expected === undefined || expected === 'JE') {
    const known = verdicts.filter((verdict) => verdict !== 'JE').join(', ');
    const message = `${where}: "${verdict}" is no verdict that a program can earn. Use one of ${known}.`;
    throw new ProblemPackageError('PROBLEM_PACKAGE_VERDICT_UNKNOWN', message);
  }
  const extension = path.extname(file);
  if (!isSourceExtension(extension)) {
    const message = `${where}: the extension names no language. Use one of ${Object.keys(sourceLanguages).join(' ')}.`;
    throw new ProblemPackageError('PROBLEM_PACKAGE_LANGUAGE_UNKNOWN', message);
  }
  return { path: within, language: sourceLanguages[extension], expected, source: await readFile(where) };
}
