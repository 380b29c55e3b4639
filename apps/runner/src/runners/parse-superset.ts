import type { SupersetCreate, SupersetFile, SupersetLimits, SupersetProgram } from '#libs/paiza/superset.js';
import { isDigest } from './blobs.js';
import { isRunId } from './run-id.js';

/** The caller's mistake, for people. */
export class SupersetMistake extends Error {
  override readonly name = 'SupersetMistake';
}

type Fields = Record<string, unknown>;

const MAX_SOURCE_BASE64 = 512 * 1024;
const MAX_TIME_US = 600_000_000;
const MAX_BYTES = 16 * 1024 ** 3;
/** With less no program can even be started. */
const MIN_MEMORY_BYTES = 1024 ** 2;
/** As the sandbox's helper has it (native/frames.h). */
const MAX_FILES = 16;
const MAX_ARGS = 64;
const MAX_ARG_CHARACTERS = 1024;
/** One name in one folder. */
const FILE_NAME = /^(?!\.{1,2}$)[\w.-]{1,100}$/;

/** Parse at the door. Throws SupersetMistake. */
export function parseSuperset(body: unknown): SupersetCreate {
  const fields = objectOf(body, 'the body');
  const { id, input_digest: digest, pair } = fields;
  const buildOnly = flag(fields, 'build_only');
  if (id !== undefined && (typeof id !== 'string' || !isRunId(id))) {
    throw new SupersetMistake('id must be 22 characters of A-Z, a-z, 0-9, - and _.');
  }
  if (digest !== undefined) requireDigest(digest, 'input_digest');
  if (digest !== undefined && pair !== undefined) throw new SupersetMistake('A pair takes no input_digest.');
  return {
    ...parseProgram(fields, buildOnly),
    ...(id === undefined ? {} : { id }),
    ...(buildOnly ? { build_only: true } : {}),
    ...(digest === undefined ? {} : { input_digest: digest as string }),
    ...(flag(fields, 'exclusive') ? { exclusive: true } : {}),
    ...(flag(fields, 'urgent') ? { urgent: true } : {}),
    ...(pair === undefined ? {} : { pair: parseProgram(objectOf(pair, 'pair'), buildOnly) }),
  };
}

/** Blobs that a create names. */
export const digestsOf = (create: SupersetCreate): string[] => [
  ...(create.input_digest === undefined ? [] : [create.input_digest]),
  ...[...(create.files ?? []), ...(create.pair?.files ?? [])].map((file) => file.digest),
];

function parseProgram(fields: Fields, buildOnly: boolean): SupersetProgram {
  const { language, source_base64: source, args, files, limits } = fields;
  if (typeof language !== 'string') throw new SupersetMistake('language must be a string.');
  if (typeof source !== 'string' || source.length > MAX_SOURCE_BASE64) {
    throw new SupersetMistake(`source_base64 must be a string of at most ${MAX_SOURCE_BASE64} characters.`);
  }
  if (!buildOnly && limits === undefined) throw new SupersetMistake('A run needs limits.');
  return {
    language,
    source_base64: source,
    ...(args === undefined ? {} : { args: list(args, 'args', MAX_ARGS).map(parseArg) }),
    ...(files === undefined ? {} : { files: parseFiles(files) }),
    ...(buildOnly ? {} : { limits: parseLimits(limits) }),
  };
}

function parseArg(value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_ARG_CHARACTERS && !value.includes('\0')) return value;
  throw new SupersetMistake(`args must be strings without NUL of at most ${MAX_ARG_CHARACTERS} characters.`);
}

function parseFiles(value: unknown): SupersetFile[] {
  const files = list(value, 'files', MAX_FILES).map((file) => {
    const { name, digest } = objectOf(file, 'each of files');
    if (typeof name !== 'string' || !FILE_NAME.test(name)) {
      throw new SupersetMistake('files need a name of 1 to 100 letters, digits, dots, - and _.');
    }
    return { name, digest: requireDigest(digest, 'the digest of a file') };
  });
  if (new Set(files.map((file) => file.name)).size < files.length)
    throw new SupersetMistake('files have one name twice.');
  return files;
}

function parseLimits(value: unknown): SupersetLimits {
  const fields = objectOf(value, 'limits');
  return {
    cpu_time_us: whole(fields, 'cpu_time_us', MAX_TIME_US),
    wall_time_us: whole(fields, 'wall_time_us', MAX_TIME_US),
    memory_bytes: whole(fields, 'memory_bytes', MAX_BYTES, MIN_MEMORY_BYTES),
    stdout_bytes: whole(fields, 'stdout_bytes', MAX_BYTES),
  };
}

function requireDigest(value: unknown, what: string): string {
  if (typeof value === 'string' && isDigest(value)) return value;
  throw new SupersetMistake(`${what} must be a SHA-256 in lower-case hex.`);
}

/** Anything but true or false is a mistake: a run that was to be alone must not quietly be among others. */
function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw new SupersetMistake(`${name} must be true or false.`);
  return value;
}

function whole(fields: Fields, name: string, most: number, least = 1): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new SupersetMistake(`${name} must be a whole number from ${least} to ${most}.`);
  }
  return value;
}

function list(value: unknown, what: string, most: number): unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw new SupersetMistake(`${what} must be a list of at most ${most}.`);
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new SupersetMistake(`${what} must be a JSON object.`);
}
