import { Body, Controller, Get, Headers, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MaybeViewer, SignedIn, type Viewer } from '../auth/viewer.js';
import { badRequest } from '../common/errors.js';
import { SubmissionIdParam } from '../common/params.js';
import { Allow } from '../common/route.js';
import { EventStreams } from '../events/event-streams.js';
import { follow } from '../events/follow.js';
import { SubmissionEvents } from './submission-events.js';
import {
  SubmissionsQuery,
  SubmissionsView,
  SubmissionView,
  SUBMISSION_BODY_LIMIT_BYTES,
  SubmitBody,
} from './submissions.dto.js';
import { SubmissionsService } from './submissions.service.js';

@ApiTags('submissions')
@Controller('api/submissions')
export class SubmissionsController {
  constructor(
    private readonly submissions: SubmissionsService,
    private readonly events: SubmissionEvents,
    private readonly streams: EventStreams,
  ) {}

  @Post()
  @HttpCode(201)
  @Allow('signedIn', { bodyLimitBytes: SUBMISSION_BODY_LIMIT_BYTES })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key is the same submission.' })
  @ApiCreatedResponse({ type: SubmissionView })
  submit(
    @SignedIn() viewer: Viewer,
    @Body() body: SubmitBody,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<SubmissionView> {
    return this.submissions.submit(viewer, body, checkedKey(key));
  }

  @Get()
  @Allow('anyone')
  @ApiOkResponse({ type: SubmissionsView })
  list(@MaybeViewer() viewer: Viewer | null, @Query() query: SubmissionsQuery): Promise<SubmissionsView> {
    return this.submissions.list(viewer, query);
  }

  @Get(':id')
  @Allow('anyone')
  @ApiOkResponse({ type: SubmissionView })
  show(@MaybeViewer() viewer: Viewer | null, @SubmissionIdParam() id: bigint): Promise<SubmissionView> {
    return this.submissions.show(viewer, id);
  }

  @Post(':id/rejudge')
  @HttpCode(201)
  @Allow('signedIn')
  @ApiCreatedResponse({ type: SubmissionView })
  rejudge(@SignedIn() viewer: Viewer, @SubmissionIdParam() id: bigint): Promise<SubmissionView> {
    return this.submissions.rejudge(viewer, id);
  }

  /** Events: `state`, `progress` {done,total}, `judgement` with the final object; then the stream ends. */
  @Get(':id/events')
  @Allow('anyone')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Server-sent events: `state`, `progress` {done,total}, `judgement`.' })
  async watch(
    @MaybeViewer() viewer: Viewer | null,
    @SubmissionIdParam() id: bigint,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const feed = await this.events.feed(viewer, id);
    follow(feed, this.streams.open(request, reply));
  }
}

function checkedKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,128}$/.test(key)) return key;
  throw badRequest('IDEMPOTENCY_KEY_INVALID', 'Idempotency-Key must be 1 to 128 visible ASCII characters.');
}
