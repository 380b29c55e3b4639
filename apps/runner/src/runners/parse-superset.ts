import type { SupersetCreate, SupersetLimits } from '#libs/paiza/superset.js';
import { isDigest } from './blobs.js';

/** The caller's mistake, for people. */
export class SupersetMistake extends Error {
  override readonly name = 'SupersetMistake';
}

const MAX_SOURCE_BASE64 = 512 * 1024;
const MAX_TIME_US = 600_000_000;
const MAX_BYTES = 16 * 1024 ** 3;
/** With less no program can even be started. */
const MIN_MEMORY_BYTES = 1024 ** 2;

/** Parse at the door. Throws SupersetMistake. */
export function parseSuperset(body: unknown): SupersetCreate {
  const fields = objectOf(body, 'the body');
  const { language, source_base64: source, build_only: buildOnly, input_digest: digest, limits } = fields;
  if (typeof language !== 'string') throw new SupersetMistake('language must be a string.');
  if (typeof source !== 'string' || source.length > MAX_SOURCE_BASE64) {
    throw new SupersetMistake(`source_base64 must be a string of at most ${MAX_SOURCE_BASE64} characters.`);
  }
  if (digest !== undefined && (typeof digest !== 'string' || !isDigest(digest))) {
    throw new SupersetMistake('input_digest must be a SHA-256 in lower-case hex.');
  }
  if (buildOnly !== true && limits === undefined) throw new SupersetMistake('A run needs limits.');
  return {
    language,
    source_base64: source,
    ...(buildOnly === true ? { build_only: true } : {}),
    ...(digest === undefined ? {} : { input_digest: digest }),
    ...(limits === undefined ? {} : { limits: parseLimits(limits) }),
    ...(fields['exclusive'] === true ? { exclusive: true } : {}),
  };
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

function whole(fields: Record<string, unknown>, name: string, most: number, least = 1): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new SupersetMistake(`${name} must be a whole number from ${least} to ${most}.`);
  }
  return value;
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SupersetMistake(`${what} must be a JSON object.`);
}
