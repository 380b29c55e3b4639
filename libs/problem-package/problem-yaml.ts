import { parse } from 'yaml';
import {
  type CheckerName,
  type CheckerOptions,
  checkers,
  DEFAULT_CHECKER,
  isCheckerName,
} from '#libs/judging/checkers/index.js';
import { ProblemPackageError } from './problem-package-error.js';

/** What `problem.yaml` says of a problem. The keys are those of `POST /api/problems`. */
export interface ProblemYaml {
  readonly title: string;
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
  readonly checker: CheckerName;
  readonly checkerOptions: CheckerOptions;
  readonly tags: readonly string[];
}

type Mapping = Readonly<Record<string, unknown>>;

const KEYS = ['title', 'timeLimitMs', 'memoryLimitBytes', 'checker', 'checkerOptions', 'tags'];
const TOLERANCES = ['absolute', 'relative'];
const FLAGS = ['caseSensitive', 'spaceSensitive'];

/**
 * Reads and checks a `problem.yaml`; `where` names it in messages. An unknown key is an error, because a misspelt limit
 * would otherwise be silently left out. Throws ProblemPackageError.
 */
export function parseProblemYaml(text: string, where: string): ProblemYaml {
  const yaml = mapping(parsed(text, where), where);
  onlyKeys(yaml, KEYS, where);
  return {
    title: filledText(yaml['title'], `${where}: title`),
    timeLimitMs: positiveWhole(yaml['timeLimitMs'], `${where}: timeLimitMs`),
    memoryLimitBytes: positiveWhole(yaml['memoryLimitBytes'], `${where}: memoryLimitBytes`),
    checker: checkerName(yaml['checker'], `${where}: checker`),
    checkerOptions: checkerOptions(yaml['checkerOptions'], `${where}: checkerOptions`),
    tags: tagList(yaml['tags'], `${where}: tags`),
  };
}

const invalid = (message: string, options?: ErrorOptions) =>
  new ProblemPackageError('PROBLEM_PACKAGE_YAML_INVALID', message, options);

function parsed(text: string, where: string): unknown {
  try {
    // No aliases: a few lines of them can expand to gigabytes.
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw invalid(`${where} is not YAML. ${(error as Error).message}`, { cause: error });
  }
}

function mapping(value: unknown, where: string): Mapping {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Mapping;
  throw invalid(`${where} must hold keys with values, such as "title: A+B".`);
}

function onlyKeys(value: Mapping, known: readonly string[], where: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(`${where} has the unknown key ${unknown}. Known are ${known.join(', ')}.`);
}

function filledText(value: unknown, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw invalid(`${where} must be a text that is not empty.`);
}

function positiveWhole(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`${where} must be a whole number above 0, not ${JSON.stringify(value)}.`);
}

function checkerName(value: unknown, where: string): CheckerName {
  if (value === undefined) return DEFAULT_CHECKER;
  if (typeof value === 'string' && isCheckerName(value)) return value;
  throw invalid(`${where} must be one of ${Object.keys(checkers).join(', ')}, not ${JSON.stringify(value)}.`);
}

function checkerOptions(value: unknown, where: string): CheckerOptions {
  if (value === undefined) return {};
  const options = mapping(value, where);
  onlyKeys(options, [...TOLERANCES, ...FLAGS], where);
  for (const [key, value] of Object.entries(options)) {
    if (FLAGS.includes(key)) {
      if (typeof value !== 'boolean')
        throw invalid(`${where}.${key} must be true or false, not ${JSON.stringify(value)}.`);
    } else if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw invalid(`${where}.${key} must be a number of at least 0, not ${JSON.stringify(value)}.`);
    }
  }
  return options;
}

function tagList(value: unknown, where: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(`${where} must be a list of texts.`);
  return value.map((tag) => filledText(tag, where));
}
