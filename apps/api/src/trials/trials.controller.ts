import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SignedIn, type Viewer } from '../auth/viewer.js';
import { Allow } from '../common/route.js';
import { EventStreams } from '../events/event-streams.js';
import { follow } from '../events/follow.js';
import { FreeRunView, RUN_BODY_LIMIT_BYTES, RunBody } from './trials.dto.js';
import { TrialsService } from './trials.service.js';

@ApiTags('runs')
@Controller('api/runs')
export class TrialsController {
  constructor(
    private readonly trials: TrialsService,
    private readonly streams: EventStreams,
  ) {}

  @Post()
  @Allow('signedIn', { bodyLimitBytes: RUN_BODY_LIMIT_BYTES })
  @ApiCreatedResponse({ type: FreeRunView })
  start(@SignedIn() viewer: Viewer, @Body() body: RunBody): Promise<FreeRunView> {
    return this.trials.start(viewer, body);
  }

  @Get(':id')
  @Allow('anyone')
  @ApiOkResponse({ type: FreeRunView })
  show(@Param('id') id: string): Promise<FreeRunView> {
    return this.trials.show(id);
  }

  @Get(':id/events')
  @Allow('anyone')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Server-sent events: `state`, then `run` with the final object.' })
  async watch(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const feed = await this.trials.feed(id);
    follow(feed, this.streams.open(request, reply));
  }
}
