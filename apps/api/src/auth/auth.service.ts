import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import type { Role } from '#libs/database/generated/client.js';
import { hashPassword, verifyPassword } from '#libs/database/passwords.js';
import { hashToken } from '#libs/database/tokens.js';
import { addressKey } from '../common/addresses.js';
import { conflict, forbidden, notAllowed, unauthorized } from '../common/errors.js';
import { Gate } from '../common/gate.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import type { InviteBody, LoginBody, RegisterBody, SignedInView } from './auth.dto.js';
import { AuthRepository } from './auth.repository.js';
import { Sessions } from './sessions.js';
import type { Viewer } from './viewer.js';

const INVITE_HOURS = 7 * 24;

@Injectable()
export class AuthService {
  /** argon2 takes memory and all of a core. */
  private readonly hashing = new Gate(4, 1000);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: AuthRepository,
    private readonly sessions: Sessions,
    private readonly rateLimits: RateLimits,
  ) {}

  async register(body: RegisterBody, address: string): Promise<SignedInView> {
    this.requireOpenDoor(body.invite);
    await this.rateLimits.take(
      `register ${addressKey(address)}`,
      this.config.rates.register,
      'registrations from this address',
    );
    const passwordHash = await this.hashing.pass(() => hashPassword(body.password));
    return this.repository.transaction(async (tx) => {
      const role = body.invite === undefined ? 'student' : await this.repository.useInvite(tx, hashToken(body.invite));
      if (role === null)
        throw forbidden('INVITE_INVALID', 'This invite is unknown, used or expired. Ask for a new one.');
      const displayName = body.displayName ?? body.username;
      const user = await this.repository.createUser(tx, { username: body.username, displayName, passwordHash, role });
      if (user === null) throw conflict('USERNAME_TAKEN', 'This username is taken. Choose another.');
      return { user: userView(user), token: await this.sessions.open(tx, user.id) };
    });
  }

  async login(body: LoginBody, address: string): Promise<SignedInView> {
    const user = await this.repository.findUser(body.username);
    const matches = await this.hashing.pass(() =>
      this.verifyLimited(user?.passwordHash ?? null, body.password, address),
    );
    if (user === null || !matches) throw unauthorized('LOGIN_FAILED', 'Wrong username or password. Check both.');
    if (user.disabledAt !== null) throw forbidden('USER_DISABLED', 'This account is disabled. Ask an admin.');
    return this.repository.transaction(async (tx) => ({
      user: userView(user),
      token: await this.sessions.open(tx, user.id),
    }));
  }

  async changePassword(
    viewer: Viewer,
    password: string,
    current: string | undefined,
    address: string,
  ): Promise<string> {
    const user = await this.repository.userById(viewer.id);
    const matches =
      current !== undefined && (await this.hashing.pass(() => this.verifyLimited(user.passwordHash, current, address)));
    if (!matches) throw forbidden('PASSWORD_WRONG', 'Send your present password as `currentPassword`.');
    const passwordHash = await this.hashing.pass(() => hashPassword(password));
    return this.repository.transaction(async (tx) => {
      await tx.user.update({ where: { id: viewer.id }, data: { passwordHash } });
      await this.sessions.endAllOf(tx, viewer.id);
      return this.sessions.open(tx, viewer.id);
    });
  }

  /** Returns the code, which is never stored. */
  async invite(viewer: Viewer, body: InviteBody): Promise<{ code: string; expiresAt: Date }> {
    const role = body.role ?? 'student';
    if (viewer.role !== 'admin' && role !== 'student') throw notAllowed('an admin');
    const code = randomBytes(16).toString('base64url');
    const expiresInHours = body.expiresInHours ?? INVITE_HOURS;
    return { code, expiresAt: await this.repository.createInvite(hashToken(code), role, viewer.id, expiresInHours) };
  }

  private requireOpenDoor(invite: string | undefined): void {
    const { registration } = this.config;
    if (registration === 'closed') throw forbidden('REGISTRATION_CLOSED', 'Nobody can register. Ask an admin.');
    if (registration === 'invite' && invite === undefined) {
      throw forbidden('INVITE_REQUIRED', 'Registration needs an invite. Ask an instructor for one.');
    }
  }

  /**
   * A token is looked for before and taken only on failure: a school that signs in at once is not slowed down. This runs
   * within the gate, so no more guesses than its width slip through between look and take.
   */
  private async verifyLimited(passwordHash: string | null, password: string, address: string): Promise<boolean> {
    const bucket = [`login ${addressKey(address)}`, this.config.rates.failedLogin, 'failed logins'] as const;
    await this.rateLimits.check(...bucket);
    const matches = await verifyPassword(passwordHash, password);
    if (!matches) await this.rateLimits.take(...bucket);
    return matches;
  }
}

export const userView = (user: { username: string; displayName: string; role: Role }) => ({
  username: user.username,
  displayName: user.displayName,
  role: user.role,
});
