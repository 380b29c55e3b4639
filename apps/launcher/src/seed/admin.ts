import { randomBytes } from 'node:crypto';
import type { Config } from '#libs/config/config.js';
import type { PrismaClient, User } from '#libs/database/generated/client.js';
import { hashPassword } from '#libs/database/passwords.js';
import { hashToken, newToken } from '#libs/database/tokens.js';
import { Refusal } from '../refusal.js';
import { type Keys, readKey, removeKey, writeKey } from './keys.js';

/** 18 random bytes are 24 characters. */
const PASSWORD_BYTES = 18;

/**
 * Sees to it that there is an admin, and that the file of the local token opens a session of one, for `npm run demo`.
 * Repeating is harmless. Throws Refusal when the name belongs to someone who is no admin.
 */
export async function seedAdmin(prisma: PrismaClient, config: Config, keys: Keys): Promise<User> {
  const admin = (await liveAdmin(prisma)) ?? (await createAdmin(prisma, config, keys));
  await seedToken(prisma, admin, keys);
  return admin;
}

const liveAdmin = (prisma: PrismaClient) =>
  prisma.user.findFirst({ where: { role: 'admin', disabledAt: null }, orderBy: { id: 'asc' } });

async function createAdmin(prisma: PrismaClient, config: Config, keys: Keys): Promise<User> {
  const username = config.adminUsername;
  const usernameKey = username.toLowerCase();
  if (await prisma.user.findUnique({ where: { usernameKey } })) {
    throw new Refusal(`There is no admin, and ${username} is another user. Set ADMIN_USERNAME to a name that is free.`);
  }
  // Kept until the screen has shown it: a first start that fails later must not lose it.
  const password = config.adminPassword ?? readKey(keys, 'first-password') ?? newPassword(keys);
  const passwordHash = await hashPassword(password);
  return prisma.user.create({ data: { username, usernameKey, displayName: username, passwordHash, role: 'admin' } });
}

function newPassword(keys: Keys): string {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  writeKey(keys, 'first-password', password);
  return password;
}

async function seedToken(prisma: PrismaClient, admin: User, keys: Keys): Promise<void> {
  const token = readKey(keys, 'admin-token');
  if (token !== null) {
    // A session ends when it is idle for a month, on a password change, and when its user is disabled.
    const { count } = await prisma.session.updateMany({
      where: { tokenHash: hashToken(token), userId: admin.id },
      data: { lastUsedAt: new Date() },
    });
    if (count > 0) return;
  }
  const fresh = newToken();
  await prisma.session.create({ data: { userId: admin.id, tokenHash: hashToken(fresh) } });
  writeKey(keys, 'admin-token', fresh);
}

/** The generated password, once: null ever after, and when ADMIN_PASSWORD chose it. */
export function takeFirstPassword(keys: Keys): string | null {
  const password = readKey(keys, 'first-password');
  removeKey(keys, 'first-password');
  return password;
}
