import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';

/** Who may call a route at all; which rows they may touch, the services decide. `instructor` includes admins. */
export type Caller = 'anyone' | 'signedIn' | 'instructor' | 'admin';

export interface RouteRules {
  readonly caller: Caller;
  /** Largest body; none is read before the caller is known to be allowed. Default: 64 KiB. */
  readonly bodyLimitBytes?: number;
  /** The route takes multipart/form-data, and nothing else. */
  readonly multipart?: boolean;
}

/** Every route carries this: a route without it is refused (access.ts) and fails the permission test. */
export const Allow = (caller: Caller, rules: Omit<RouteRules, 'caller'> = {}) =>
  applyDecorators(
    RouteConfig({ rules: { caller, ...rules } satisfies RouteRules }),
    ...(caller === 'anyone' ? [] : [ApiBearerAuth()]),
  );
