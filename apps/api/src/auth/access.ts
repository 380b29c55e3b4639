import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError, forbidden, notAllowed, signInRequired, unauthorized } from '../common/errors.js';
import type { Caller, RouteRules } from '../common/route.js';
import type { Sessions } from './sessions.js';
import type { Viewer } from './viewer.js';

export const SESSION_COOKIE = 'saiban_session';
const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

declare module 'fastify' {
  interface FastifyContextConfig {
    rules?: RouteRules;
  }
  interface FastifyInstance {
    /** Every route there is, as `GET /api/health`; the permission test has a row for each. */
    readonly allRoutes: string[];
  }
}

const mayCall: Readonly<Record<Caller, (viewer: Viewer | null) => boolean>> = {
  anyone: () => true,
  signedIn: (viewer) => viewer !== null,
  instructor: (viewer) => viewer !== null && viewer.role !== 'student',
  admin: (viewer) => viewer?.role === 'admin',
};

/**
 * The global guard. It stands before the parsing of the body, so that nobody makes us read what they may not send, and
 * before every route, Nest's or not: one that does not say who may call it is refused.
 */
export function guardAccess(fastify: FastifyInstance, sessions: () => Sessions): void {
  fastify.decorateRequest('viewer', null);
  fastify.decorate('allRoutes', []);
  fastify.addHook('onRoute', (route) => {
    fastify.allRoutes.push(...[route.method].flat().map((method) => `${method} ${route.url}`));
    route.bodyLimit = route.config?.rules?.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES;
  });
  fastify.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const rules = request.routeOptions.config.rules;
    if (rules === undefined) throw forbidden('NOT_ALLOWED', 'This route does not say who may call it. Report this.');
    request.viewer = await identify(request, sessions());
    if (!mayCall[rules.caller](request.viewer)) {
      throw request.viewer === null ? signInRequired() : notAllowed(`an ${rules.caller}`);
    }
    checkContentType(request, rules);
  });
}

async function identify(request: FastifyRequest, sessions: Sessions): Promise<Viewer | null> {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) {
    const viewer = await sessions.find(bearer);
    if (viewer === null) throw unauthorized('TOKEN_INVALID', 'This token is unknown or has ended. Sign in again.');
    return viewer;
  }
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie === undefined) return null;
  // An ended cookie is no error: its owner must still be able to read and to sign in.
  const viewer = await sessions.find(cookie);
  if (viewer !== null && !READING.has(request.method)) requireOwnOrigin(request);
  return viewer;
}

/** A cookie comes along with requests that other sites make; their Origin gives them away. */
function requireOwnOrigin(request: FastifyRequest): void {
  const { origin } = request.headers;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host.toLowerCase()) return;
  throw forbidden('ORIGIN_NOT_OURS', 'A change by cookie must come from this site. Send the token as Bearer instead.');
}

function checkContentType(request: FastifyRequest, rules: RouteRules): void {
  const isMultipart = /^multipart\//i.test(request.headers['content-type'] ?? '');
  if (isMultipart === (rules.multipart === true) || READING.has(request.method)) return;
  const wanted = rules.multipart ? 'multipart/form-data with a `file`' : 'JSON with Content-Type: application/json';
  throw new ApiError(415, 'CONTENT_TYPE_NOT_SUPPORTED', `Send ${wanted}.`);
}
