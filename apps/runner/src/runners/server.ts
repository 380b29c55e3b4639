import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import cors from '@fastify/cors';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';

/** A source of 256 KiB, base64 or escaped as JSON, and 1 MiB of input. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Beyond MAX_BODY_BYTES nothing is kept, but so much is still read: a client that is cut off never sees why. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;
/** Sources come in query strings too. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Until a request has come whole; the longest is a blob of 1 GiB. An answer may take longer. */
const REQUEST_TIMEOUT_MS = 10 * 60_000;
const MAX_CONNECTIONS = 2_000;

const TOO_LONG = { error: 'Too long: the request.' };

/** What Fastify refuses by itself and paiza clients send: bodies with GET, any content type, doubled slashes. */
export function createServer(): FastifyInstance {
  const app = Fastify({
    // Bodies are bounded by readBody.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    requestTimeout: REQUEST_TIMEOUT_MS,
    clientErrorHandler: (error, socket) => answerBroken(error, socket),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: Readable) => readBody(payload));
  // A mistake of a paiza client is an answer with `error`; only the superset's own routes have other statuses.
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error instanceof BodyTooLong) return reply.code(200).send(TOO_LONG);
    return reply.code(error.statusCode ?? 500).send({ error: error.message });
  });
  void app.register(cors, { origin: '*' });
  return app;
}

class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong';
}

/** Throws BodyTooLong, when all has been read or when even that is too much. */
async function readBody(payload: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (length > MAX_DRAINED_BYTES) break;
  }
  if (length > MAX_BODY_BYTES) throw new BodyTooLong();
  return Buffer.concat(chunks).toString('utf8');
}

/** A query string that is too long never becomes a request; to a paiza client it is a source that is too long. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify(tooLong ? TOO_LONG : { error: 'This is no HTTP request.' });
  const head = [
    tooLong ? 'HTTP/1.1 200 OK' : 'HTTP/1.1 400 Bad Request',
    'Content-Type: application/json; charset=utf-8',
    'Access-Control-Allow-Origin: *',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
