import { HttpException } from '@nestjs/common';

export interface ErrorBody {
  /** Stable, for scripts. */
  readonly code: string;
  /** What is wrong and what to do, for people. */
  readonly message: string;
  /** The fields that were refused, of VALIDATION_FAILED. */
  readonly fields?: readonly string[];
}

/** An answer that says no: a status, a stable code, and a sentence with the way out. */
export class ApiError extends HttpException {
  constructor(
    status: number,
    readonly code: string,
    message: string,
    readonly more: Readonly<Record<string, unknown>> = {},
    /** Becomes the Retry-After header. */
    readonly retryAfterSeconds?: number,
  ) {
    super({ code, message, ...more }, status);
    this.message = message;
  }
}

export const badRequest = (code: string, message: string, more?: Record<string, unknown>) =>
  new ApiError(400, code, message, more);
export const unauthorized = (code: string, message: string) => new ApiError(401, code, message);
export const forbidden = (code: string, message: string) => new ApiError(403, code, message);
export const notFound = (code: string, message: string) => new ApiError(404, code, message);
export const conflict = (code: string, message: string, more?: Record<string, unknown>) =>
  new ApiError(409, code, message, more);

export const problemNotFound = () =>
  notFound('PROBLEM_NOT_FOUND', 'There is no such problem, or it is not published. Look at GET /api/problems.');
export const submissionNotFound = () =>
  notFound('SUBMISSION_NOT_FOUND', 'There is no such submission, or you may not see it. Check the number.');
export const userNotFound = () => notFound('USER_NOT_FOUND', 'There is no user with this name. Check the spelling.');
export const signInRequired = () =>
  unauthorized('SIGN_IN_REQUIRED', 'Sign in first: POST /api/auth/login, then send its token as a Bearer token.');
export const notAllowed = (who: string) => forbidden('NOT_ALLOWED', `Only ${who} may do this.`);
