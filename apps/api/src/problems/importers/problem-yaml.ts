import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { parse } from 'yaml';
import { type ApiError, badRequest } from '../../common/errors.js';
import { SLUG, SLUG_MEANING } from '../../common/names.js';
import { complaintsOf, strictly } from '../../common/validation.js';
import { PartialType } from '@nestjs/swagger';
import { ProblemSettings } from '../problems.dto.js';

/** The keys of a plain package's problem.yaml: those of the API. */
const KEYS = [
  'title',
  'statement',
  'timeLimitMs',
  'memoryLimitBytes',
  'outputLimitBytes',
  'checker',
  'checkerOptions',
  'tags',
] as const satisfies readonly (keyof ProblemSettings)[];

/** The default of problems may be written once and used twice; more is an attack that multiplies. */
const MOST_ALIASES = 20;

class YamlSettings extends PartialType(ProblemSettings, { skipNullProperties: false }) {}

export interface ProblemYaml {
  readonly slug: string | null;
  readonly settings: Partial<ProblemSettings>;
  readonly warnings: readonly string[];
}

/** Throws PROBLEM_YAML_INVALID, naming file and key. Unknown keys are only warned of: other tools have keys of their own. */
export function readProblemYaml(path: string, text: string): ProblemYaml {
  const document = parseMapping(path, text);
  const { slug, name, ...rest } = document;
  if (slug !== undefined && (typeof slug !== 'string' || !SLUG.test(slug))) {
    throw yamlInvalid(path, `slug must be ${SLUG_MEANING}`);
  }
  const wanted: Record<string, unknown> = { ...rest, title: rest['title'] ?? name };
  const unknown = Object.keys(rest).filter((key) => !KEYS.some((known) => known === key));
  return {
    slug: slug ?? null,
    settings: checkedSettings(path, Object.fromEntries(KEYS.map((key) => [key, wanted[key]]))),
    warnings: unknown.map((key) => `${path}: the key ${JSON.stringify(key)} is unknown and was left unread.`),
  };
}

function parseMapping(path: string, text: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: MOST_ALIASES, logLevel: 'error' });
  } catch (error) {
    throw yamlInvalid(path, `it is not valid YAML (${error instanceof Error ? error.message.split('\n', 1)[0] : ''})`);
  }
  if (document === null) return {};
  if (typeof document !== 'object' || Array.isArray(document)) throw yamlInvalid(path, 'it must be a mapping of keys');
  return document as Record<string, unknown>;
}

function checkedSettings(path: string, found: Record<string, unknown>): Partial<ProblemSettings> {
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  const settings = plainToInstance(YamlSettings, given);
  const [complaint] = complaintsOf(validateSync(settings, strictly));
  if (complaint) throw yamlInvalid(path, complaint.text);
  return Object.fromEntries(Object.entries(settings));
}

const yamlInvalid = (path: string, what: string): ApiError =>
  badRequest('PROBLEM_YAML_INVALID', `${path}: ${what}. Mend the file and import again.`);
