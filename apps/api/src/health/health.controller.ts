import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow } from '../common/route.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Allow('anyone')
  @ApiOkResponse({ description: '`{"status":"ok","checks":{…}}`' })
  @ApiServiceUnavailableResponse({ description: 'The failing parts, with what is wrong.' })
  async show(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const checks = await this.health.check();
    const failing = Object.entries(checks).filter(([, state]) => state !== 'ok');
    void reply.header('cache-control', 'no-store');
    if (failing.length === 0) return { status: 'ok', checks };
    void reply.status(503);
    const message = `Not everything works: ${failing.map(([part, state]) => `${part}: ${state}`).join('; ')}.`;
    return { status: 'failing', code: 'UNHEALTHY', message, failing: failing.map(([part]) => part), checks };
  }
}
