import { Injectable } from '@nestjs/common';
import { Prisma, type Role, type User } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import { usernameKey } from '../common/names.js';

@Injectable()
export class AuthRepository {
  constructor(private readonly prisma: PrismaService) {}

  transaction<T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.prisma.client.$transaction(work, { maxWait: 10_000, timeout: 10_000 });
  }

  findUser(username: string): Promise<User | null> {
    return this.prisma.client.user.findUnique({ where: { usernameKey: usernameKey(username) } });
  }

  userById(id: bigint): Promise<User> {
    return this.prisma.client.user.findUniqueOrThrow({ where: { id } });
  }

  /** Null when the name is taken. */
  async createUser(
    tx: Prisma.TransactionClient,
    user: { username: string; displayName: string; passwordHash: string; role: Role },
  ): Promise<User | null> {
    const [created] = await tx.user.createManyAndReturn({
      data: [{ ...user, usernameKey: usernameKey(user.username) }],
      skipDuplicates: true,
    });
    return created ?? null;
  }

  async createInvite(codeHash: string, role: Role, createdById: bigint, expiresInHours: number): Promise<Date> {
    const rows = await this.prisma.client.$queryRaw<{ expiresAt: Date }[]>`
      INSERT INTO "Invite" ("codeHash", role, "createdById", "expiresAt")
      VALUES (${codeHash}, ${role}::"Role", ${createdById}, now() + make_interval(hours => ${expiresInHours}::int))
      RETURNING "expiresAt"`;
    return (rows[0] as { expiresAt: Date }).expiresAt;
  }

  /** The role it gives; null when the code is unknown, used, expired, or its maker is disabled. */
  async useInvite(tx: Prisma.TransactionClient, codeHash: string): Promise<Role | null> {
    const rows = await tx.$queryRaw<{ role: Role }[]>`
      UPDATE "Invite" i SET "usedAt" = now() FROM "User" maker
      WHERE i."codeHash" = ${codeHash} AND i."usedAt" IS NULL AND i."expiresAt" > now()
        AND maker.id = i."createdById" AND maker."disabledAt" IS NULL
      RETURNING i.role::text AS role`;
    return rows[0]?.role ?? null;
  }
}
