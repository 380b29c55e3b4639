import { Injectable } from '@nestjs/common';
import { AuthService, userView } from '../auth/auth.service.js';
import type { ManagedUserView, UpdateMeBody, UpdateUserBody, UserView } from '../auth/auth.dto.js';
import type { Viewer } from '../auth/viewer.js';
import { conflict, userNotFound } from '../common/errors.js';
import { UsersRepository } from './users.repository.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly auth: AuthService,
  ) {}

  /** A changed password ends every session; `token` is the new one. */
  async updateMe(viewer: Viewer, body: UpdateMeBody, address: string): Promise<{ user: UserView; token?: string }> {
    const token =
      body.password === undefined
        ? undefined
        : await this.auth.changePassword(viewer, body.password, body.currentPassword, address);
    const user =
      body.displayName === undefined
        ? await this.repository.byId(viewer.id)
        : await this.repository.rename(viewer.id, body.displayName);
    return { user: userView(user), ...(token === undefined ? {} : { token }) };
  }

  async update(viewer: Viewer, username: string, body: UpdateUserBody): Promise<ManagedUserView> {
    const user = await this.repository.change(viewer.id, username, body);
    if (user === 'absent') throw userNotFound();
    if (user === 'lastAdmin') {
      throw conflict('LAST_ADMIN', 'This is the last admin who can sign in. Make another user an admin first.');
    }
    return { ...userView(user), disabled: user.disabledAt !== null };
  }
}
