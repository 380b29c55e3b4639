import cookie from '@fastify/cookie';
import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#libs/config/config.js';
import { AppModule } from './app.module.js';
import { guardAccess } from './auth/access.js';
import { Sessions } from './auth/sessions.js';
import { ErrorFilter, refusalOf } from './common/error.filter.js';
import { badRequest } from './common/errors.js';
import { acceptJsonBodies } from './common/json-body.js';
import { StrictValidation } from './common/validation.js';
import { OpenApi } from './docs/open-api.js';
import { EventStreams } from './events/event-streams.js';
import { UPLOAD_LIMIT_BYTES } from './problems/import.service.js';

/** A slow upload of a large package still fits. */
const REQUEST_DEADLINE_MS = 10 * 60_000;
/** How long requests under way may take when we stop. */
const STOP_DEADLINE_MS = 10_000;

/** The answers of an API need nothing from anywhere; the reference page has a policy of its own. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** Hands errors to our filter as they are; Nest would drop the codes of Fastify's own. */
class PlainFastifyAdapter extends FastifyAdapter {
  override mapException(error: unknown): unknown {
    return error;
  }
}

/** The whole api, ready to listen. Many may run at once, in one process or on many machines. */
export async function createApp(config: Config): Promise<NestFastifyApplication> {
  const adapter = new PlainFastifyAdapter({
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    requestTimeout: REQUEST_DEADLINE_MS,
    exposeHeadRoutes: false,
    multipart: false,
    // A path that cannot be decoded is refused before any hook or filter.
    frameworkErrors: (error: Error, _: FastifyRequest, reply: FastifyReply) => {
      const refusal = refusalOf(error) ?? badRequest('URL_MALFORMED', 'The address cannot be read.');
      void reply.headers(SECURITY_HEADERS).status(refusal.getStatus()).send(refusal.getResponse());
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.addHook('onRequest', async (_, reply) => void reply.headers(SECURITY_HEADERS));
  // Not awaited: awaiting would boot Fastify before Nest has its routes.
  void fastify.register(cookie);
  // Only once Nest has made them; no request comes before.
  guardAccess(fastify, () => app.get(Sessions, { strict: false }));
  acceptJsonBodies(fastify);
  void fastify.register(multipart, { limits: { fileSize: UPLOAD_LIMIT_BYTES }, throwFileSizeLimit: false });

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: ['error', 'warn'],
  });
  app.useGlobalFilters(new ErrorFilter());
  app.useGlobalPipes(new StrictValidation());
  app.get(OpenApi).build(app);
  await app.init();
  await fastify.ready();
  return app;
}

/** Takes no new requests, lets those under way end, then closes everything. */
export async function stopApp(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  app.get(EventStreams, { strict: false }).endAll();
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), STOP_DEADLINE_MS);
  await closed;
  clearTimeout(deadline);
  await app.close();
}
