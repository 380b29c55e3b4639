import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BlobStore } from '#libs/database/blob-store.js';
import { MaybeViewer, SignedIn, type Viewer } from '../auth/viewer.js';
import { notFound } from '../common/errors.js';
import { SlugParam } from '../common/params.js';
import { Allow } from '../common/route.js';
import { ImportService, UPLOAD_LIMIT_BYTES } from './import.service.js';
import {
  BODY_LIMIT_BYTES,
  CreateProblemBody,
  EditorsBody,
  EditorsView,
  ImportView,
  ProblemsQuery,
  ProblemsView,
  ProblemView,
  TestCaseView,
  UpdateProblemBody,
} from './problems.dto.js';
import { ProblemsService } from './problems.service.js';

@ApiTags('problems')
@Controller('api/problems')
export class ProblemsController {
  constructor(
    private readonly problems: ProblemsService,
    private readonly imports: ImportService,
    private readonly blobs: BlobStore,
  ) {}

  @Get()
  @Allow('anyone')
  @ApiOkResponse({ type: ProblemsView })
  list(@MaybeViewer() viewer: Viewer | null, @Query() query: ProblemsQuery): Promise<ProblemsView> {
    return this.problems.list(viewer, query);
  }

  @Post()
  @Allow('instructor', { bodyLimitBytes: BODY_LIMIT_BYTES })
  @ApiCreatedResponse({ type: ProblemView })
  create(@SignedIn() viewer: Viewer, @Body() body: CreateProblemBody): Promise<ProblemView> {
    return this.problems.create(viewer, body);
  }

  @Post('import')
  @Allow('instructor', { bodyLimitBytes: UPLOAD_LIMIT_BYTES, multipart: true })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        file: { type: 'string', format: 'binary' },
        slug: { type: 'string', description: 'Default: the name of the file.' },
        format: { type: 'string', default: 'plain-zip' },
      },
    },
  })
  @ApiCreatedResponse({ type: ImportView })
  import(@SignedIn() viewer: Viewer, @Req() request: FastifyRequest): Promise<ImportView> {
    return this.imports.import(viewer, request);
  }

  @Get(':slug')
  @Allow('anyone')
  @ApiOkResponse({ type: ProblemView })
  show(@MaybeViewer() viewer: Viewer | null, @SlugParam() slug: string): Promise<ProblemView> {
    return this.problems.show(viewer, slug);
  }

  @Put(':slug')
  @Allow('signedIn', { bodyLimitBytes: BODY_LIMIT_BYTES })
  @ApiOkResponse({ type: ProblemView, description: 'What is left out stays; test cases stay too.' })
  update(@SignedIn() viewer: Viewer, @SlugParam() slug: string, @Body() body: UpdateProblemBody): Promise<ProblemView> {
    return this.problems.update(viewer, slug, body);
  }

  @Delete(':slug')
  @HttpCode(204)
  @Allow('signedIn')
  @ApiNoContentResponse()
  remove(@SignedIn() viewer: Viewer, @SlugParam() slug: string): Promise<void> {
    return this.problems.remove(viewer, slug);
  }

  @Put(':slug/editors')
  @Allow('signedIn')
  @ApiOkResponse({ type: EditorsView })
  async setEditors(
    @SignedIn() viewer: Viewer,
    @SlugParam() slug: string,
    @Body() body: EditorsBody,
  ): Promise<EditorsView> {
    return { editors: await this.problems.setEditors(viewer, slug, body.usernames) };
  }

  @Get(':slug/test-cases')
  @Allow('signedIn')
  @ApiOkResponse({ type: [TestCaseView] })
  testCases(@SignedIn() viewer: Viewer, @SlugParam() slug: string): Promise<TestCaseView[]> {
    return this.problems.testCases(viewer, slug);
  }

  @Get(':slug/test-cases/:ordinal/:side')
  @Allow('signedIn')
  @ApiOkResponse({ content: { 'application/octet-stream': {} }, description: 'side: input or answer' })
  async testCaseBytes(
    @SignedIn() viewer: Viewer,
    @SlugParam() slug: string,
    @Param('ordinal') ordinal: string,
    @Param('side') side: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if ((side !== 'input' && side !== 'answer') || !/^[1-9]\d{0,3}$/.test(ordinal)) {
      throw notFound('TEST_CASE_NOT_FOUND', 'A test case has a number, an input and an answer. Check the address.');
    }
    const blob = await this.problems.testCaseBlob(viewer, slug, Number(ordinal), side);
    await reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', String(blob.sizeBytes))
      .header('content-disposition', `attachment; filename="${slug}-${ordinal}.${side === 'input' ? 'in' : 'ans'}"`)
      .send(Readable.from(this.blobs.stream(blob.digest)));
  }
}
