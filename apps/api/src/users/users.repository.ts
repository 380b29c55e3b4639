import { Injectable } from '@nestjs/common';
import type { Prisma, Role, User } from '#libs/database/generated/client.js';
import { PrismaService } from '#libs/database/prisma.service.js';
import { Sessions } from '../auth/sessions.js';
import { usernameKey } from '../common/names.js';

export interface UserChange {
  readonly role?: Role;
  readonly disabled?: boolean;
}

@Injectable()
export class UsersRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly sessions: Sessions,
  ) {}

  rename(id: bigint, displayName: string): Promise<User> {
    return this.prisma.client.user.update({ where: { id }, data: { displayName } });
  }

  byId(id: bigint): Promise<User> {
    return this.prisma.client.user.findUniqueOrThrow({ where: { id } });
  }

  /** 'lastAdmin' and 'absent' change nothing. */
  change(actorId: bigint, username: string, change: UserChange): Promise<User | 'absent' | 'lastAdmin'> {
    return this.prisma.client.$transaction(async (tx) => {
      // All admins' rows, in one order: two admins who demote each other at once must not both succeed.
      const admins = await tx.$queryRaw<{ id: bigint }[]>`
        SELECT id FROM "User" WHERE role = 'admin' AND "disabledAt" IS NULL ORDER BY id FOR UPDATE`;
      const user = await tx.user.findUnique({ where: { usernameKey: usernameKey(username) } });
      if (user === null) return 'absent';
      const loses = (change.role !== undefined && change.role !== 'admin') || change.disabled === true;
      if (loses && admins.length === 1 && admins[0]?.id === user.id) return 'lastAdmin';
      return this.apply(tx, actorId, user, change);
    });
  }

  private async apply(tx: Prisma.TransactionClient, actorId: bigint, user: User, change: UserChange): Promise<User> {
    const { role, disabled } = change;
    const disabledAt = disabled === undefined ? user.disabledAt : disabled ? (user.disabledAt ?? new Date()) : null;
    const changed = await tx.user.update({ where: { id: user.id }, data: { role: role ?? user.role, disabledAt } });
    if (disabledAt !== null) await this.sessions.endAllOf(tx, user.id);
    const subject = `user ${user.username}`;
    if (role !== undefined && role !== user.role) {
      const details = { from: user.role, to: role };
      await tx.auditEvent.create({ data: { actorId, action: 'user.role', subject, details } });
    }
    if (disabled !== undefined && disabled !== (user.disabledAt !== null)) {
      const action = disabled ? 'user.disable' : 'user.enable';
      await tx.auditEvent.create({ data: { actorId, action, subject } });
    }
    return changed;
  }
}
