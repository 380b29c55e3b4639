import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseDiskFull, isDatabaseOutage } from '#libs/database/outage.js';
import { ApiError, notFound } from './errors.js';

interface CodedError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
}

/** What Fastify and its plugins refuse by themselves, in our words. */
const FASTIFY_ERRORS: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'BODY_TOO_LARGE', 'The body is larger than this call takes. Send less.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'CONTENT_TYPE_NOT_SUPPORTED', 'Send JSON with Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'JSON_MALFORMED', 'The body is not valid JSON. Check its syntax.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'JSON_MALFORMED', 'The body is empty. Send a JSON object.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'BODY_MALFORMED', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: [400, 'URL_MALFORMED', 'The address is not a valid URL path. Check its % signs.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'URL_TOO_LONG', 'A part of the address is too long.'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: [415, 'CONTENT_TYPE_NOT_SUPPORTED', 'Send multipart/form-data with a `file`.'],
  FST_REQ_FILE_TOO_LARGE: [413, 'BODY_TOO_LARGE', 'The file is larger than this call takes. Send less.'],
  FST_PARTS_LIMIT: [413, 'BODY_TOO_LARGE', 'The form has too many parts. Send one `file`.'],
  FST_FILES_LIMIT: [413, 'BODY_TOO_LARGE', 'The form has too many files. Send one `file`.'],
  FST_FIELDS_LIMIT: [413, 'BODY_TOO_LARGE', 'The form has too many fields. Send one `file`.'],
  FST_PROTO_VIOLATION: [400, 'BODY_MALFORMED', 'The form has a field with a forbidden name.'],
};

const DISK_FULL = 'The disk of the database is full, so nothing was saved. Tell who runs this site; try again later.';

/** Every answer that says no leaves here, in one shape; what we did not foresee is logged and named only by an id. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly log = new Logger('Error');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      // A stream that broke half-way: the status is gone, so the connection must tell.
      this.log.error(`${request.method} ${request.url} broke off: ${describe(error)}`);
      reply.raw.destroy();
      return;
    }
    const answer = this.answerTo(error, request);
    if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', String(answer.retryAfterSeconds));
    void reply.status(answer.getStatus()).send(answer.getResponse());
  }

  private answerTo(error: unknown, request: FastifyRequest): ApiError {
    if (error instanceof ApiError) return error;
    const refusal = refusalOf(error);
    if (refusal !== null) return refusal;
    if (error instanceof HttpException && error.getStatus() === 404) {
      return notFound('ROUTE_NOT_FOUND', `There is no ${request.method} ${pathOf(request)}. See /api/docs.`);
    }
    const status = statusOf(error);
    if (status >= 400 && status < 500) return new ApiError(status, 'REQUEST_REFUSED', 'The request cannot be read.');
    return this.ourFault(error, request);
  }

  private ourFault(error: unknown, request: FastifyRequest): ApiError {
    const id = randomUUID();
    if (isDatabaseDiskFull(error)) {
      this.log.error(`${id} ${request.method} ${pathOf(request)}: the disk of the database is full. Make room there.`);
      return new ApiError(503, 'DATABASE_DISK_FULL', DISK_FULL, { id }, 60);
    }
    if (isDatabaseOutage(error)) {
      this.log.error(`${id} ${request.method} ${pathOf(request)}: the database does not answer.`);
      return new ApiError(503, 'DATABASE_UNAVAILABLE', 'The database does not answer. Try again soon.', { id }, 5);
    }
    this.log.error(`${id} ${request.method} ${pathOf(request)}: ${describe(error)}`);
    return new ApiError(500, 'INTERNAL', `This is our fault. Try again; if it stays, report it with id ${id}.`, { id });
  }
}

/** Null for an error that is not Fastify's or a plugin's. */
export function refusalOf(error: unknown): ApiError | null {
  const { code } = (error ?? {}) as CodedError;
  const known = typeof code === 'string' && Object.hasOwn(FASTIFY_ERRORS, code) ? FASTIFY_ERRORS[code] : undefined;
  return known === undefined ? null : new ApiError(...known);
}

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0] ?? '';
const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as CodedError;
  return typeof statusCode === 'number' ? statusCode : 500;
}
