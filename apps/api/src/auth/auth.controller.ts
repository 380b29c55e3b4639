import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow } from '../common/route.js';
import { SESSION_COOKIE } from './access.js';
import { InviteBody, InviteView, LoginBody, RegisterBody, SignedInView } from './auth.dto.js';
import { AuthService } from './auth.service.js';
import { SESSION_IDLE_DAYS, Sessions } from './sessions.js';
import { SignedIn, type Viewer } from './viewer.js';

@ApiTags('auth')
@Controller('api')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: Sessions,
  ) {}

  @Post('auth/register')
  @Allow('anyone')
  @ApiCreatedResponse({ type: SignedInView })
  async register(
    @Body() body: RegisterBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInView> {
    const signedIn = await this.auth.register(body, request.ip);
    setSessionCookie(request, reply, signedIn.token);
    return signedIn;
  }

  @Post('auth/login')
  @HttpCode(200)
  @Allow('anyone')
  @ApiOkResponse({ type: SignedInView })
  async login(
    @Body() body: LoginBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInView> {
    const signedIn = await this.auth.login(body, request.ip);
    setSessionCookie(request, reply, signedIn.token);
    return signedIn;
  }

  @Post('auth/logout')
  @HttpCode(204)
  @Allow('signedIn')
  @ApiNoContentResponse()
  async logout(@SignedIn() viewer: Viewer, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.sessions.end(viewer.sessionId);
    void reply.clearCookie(SESSION_COOKIE, { path: '/' });
  }

  @Post('invites')
  @Allow('instructor')
  @ApiCreatedResponse({ type: InviteView })
  async invite(
    @SignedIn() viewer: Viewer,
    @Body() body: InviteBody,
    @Req() request: FastifyRequest,
  ): Promise<InviteView> {
    const { code, expiresAt } = await this.auth.invite(viewer, body);
    const url = `${request.protocol}://${request.host}/register?invite=${code}`;
    return { code, url, expiresAt: expiresAt.toISOString() };
  }
}

/** Lax: another site's link may show our pages, its forms and scripts may not act for the user. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  void reply.setCookie(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: request.protocol === 'https',
    maxAge: SESSION_IDLE_DAYS * 24 * 3600,
  });
}
