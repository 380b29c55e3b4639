import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ApiError, badRequest } from './errors.js';

type Done = (error: Error | null, body?: unknown) => void;

/**
 * The only body that is parsed: a JSON object in valid UTF-8. Fastify's own parser would turn broken UTF-8 into
 * replacement characters, and a source would be judged that nobody sent.
 */
export function acceptJsonBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(.+\+)?json\b/,
    { parseAs: 'buffer' },
    (request: FastifyRequest, bytes: Buffer, done: Done) => {
      // Script clients label even their empty bodies as JSON.
      if (bytes.length === 0) return done(null, {});
      const text = decode(bytes);
      if (text === null) return done(notUtf8());
      return parseJson(request, text, (error, body) => {
        if (error) return done(error);
        return isObject(body) ? done(null, body) : done(notAnObject());
      });
    },
  );
}

function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const isObject = (body: unknown) => typeof body === 'object' && body !== null && !Array.isArray(body);

const notUtf8 = (): ApiError => badRequest('BODY_NOT_UTF8', 'The body is not valid UTF-8. Save the source as UTF-8.');
const notAnObject = (): ApiError => badRequest('JSON_NOT_AN_OBJECT', 'The body must be a JSON object: {…}.');
