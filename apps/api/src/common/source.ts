import { badRequest } from './errors.js';

export const SOURCE_LIMIT_BYTES = 256 * 1024;

/** The bytes of a program, as they are judged. Throws SOURCE_EMPTY, _TOO_LARGE, _HAS_NUL or _NOT_UTF8. */
export function sourceBytes(source: string): Buffer {
  if (source.trim() === '') throw badRequest('SOURCE_EMPTY', 'The source is empty. Send a program.');
  const bytes = Buffer.from(source, 'utf8');
  if (bytes.length > SOURCE_LIMIT_BYTES) {
    throw badRequest(
      'SOURCE_TOO_LARGE',
      `The source has ${bytes.length} bytes; at most ${SOURCE_LIMIT_BYTES} are taken.`,
    );
  }
  if (bytes.includes(0))
    throw badRequest('SOURCE_HAS_NUL', 'The source holds a NUL character. Send the text of a program.');
  // Encoding would quietly turn it into another character.
  if (/\p{Surrogate}/u.test(source)) {
    throw badRequest(
      'SOURCE_NOT_UTF8',
      'The source holds half of a surrogate pair, which is no UTF-8. Save it as UTF-8.',
    );
  }
  return bytes;
}
