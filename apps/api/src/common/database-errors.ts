import { Prisma } from '#libs/database/generated/client.js';

/** The write lost against a row with the same unique key. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
