import { Prisma } from '#libs/database/generated/client.js';

/** The write lost against a row with the same unique key. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

/** The database does not answer, as Prisma and its driver say it. */
const DOWN_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const DOWN_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);

/** Our fault, but one that passes: worth another try. */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  // Raw statements all fail as P2010; only the driver's cause tells why.
  const { driverAdapterError } = (error.meta ?? {}) as { driverAdapterError?: { cause?: { kind?: string } } };
  return DOWN_CODES.has(error.code) || DOWN_KINDS.has(driverAdapterError?.cause?.kind ?? '');
}
