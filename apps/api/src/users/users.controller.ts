import { Body, Controller, Get, Patch, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setSessionCookie } from '../auth/auth.controller.js';
import { ManagedUserView, SignedInView, UpdateMeBody, UpdateUserBody, UserView } from '../auth/auth.dto.js';
import { userView } from '../auth/auth.service.js';
import { SignedIn, type Viewer } from '../auth/viewer.js';
import { UsernameParam } from '../common/params.js';
import { Allow } from '../common/route.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('api')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get('me')
  @Allow('signedIn')
  @ApiOkResponse({ type: UserView })
  me(@SignedIn() viewer: Viewer): UserView {
    return userView(viewer);
  }

  @Patch('me')
  @Allow('signedIn')
  @ApiOkResponse({ type: SignedInView, description: '`token` only after a change of password.' })
  async updateMe(
    @SignedIn() viewer: Viewer,
    @Body() body: UpdateMeBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ user: UserView; token?: string }> {
    const updated = await this.users.updateMe(viewer, body, request.ip);
    if (updated.token !== undefined) setSessionCookie(request, reply, updated.token);
    return updated;
  }

  @Patch('users/:username')
  @Allow('admin')
  @ApiOkResponse({ type: ManagedUserView })
  update(
    @SignedIn() viewer: Viewer,
    @UsernameParam() username: string,
    @Body() body: UpdateUserBody,
  ): Promise<ManagedUserView> {
    return this.users.update(viewer, username, body);
  }
}
