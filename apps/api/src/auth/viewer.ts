import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Role } from '#libs/database/generated/client.js';
import { signInRequired } from '../common/errors.js';

/** Who asks. */
export interface Viewer {
  readonly id: bigint;
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly sessionId: bigint;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by access.ts before the body is read. */
    viewer: Viewer | null;
  }
}

/** Null for the anonymous. */
export const MaybeViewer = createParamDecorator(
  (_: unknown, context: ExecutionContext): Viewer | null => context.switchToHttp().getRequest<FastifyRequest>().viewer,
);

/** For routes that only the signed-in may call. */
export const SignedIn = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { viewer } = context.switchToHttp().getRequest<FastifyRequest>();
  if (viewer === null) throw signInRequired();
  return viewer;
});
