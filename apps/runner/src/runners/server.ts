import cors from '@fastify/cors';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';

/** A source of 256 KiB, base64 or escaped as JSON, and 1 MiB of input. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Sources come in query strings too. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** What Fastify refuses by itself and paiza clients send: bodies with GET, any content type, doubled slashes. */
export function createServer(): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    // Longer than a judgement's run may wait for its slot.
    requestTimeout: 0,
  });
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  // A mistake of a paiza client is an answer with `error`; only the superset's own routes have other statuses.
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return reply.code(200).send({ error: 'Too long: the request.' });
    return reply.code(error.statusCode ?? 500).send({ error: error.message });
  });
  void app.register(cors, { origin: '*' });
  return app;
}
