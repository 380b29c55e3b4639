import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import type { Viewer } from '../auth/viewer.js';
import { badRequest } from '../common/errors.js';
import { Gate } from '../common/gate.js';
import { SLUG, SLUG_MEANING } from '../common/names.js';
import { DEFAULT_FORMAT, type ImportFormat, importers, isImportFormat } from './importers/index.js';
import { ZipArchive, zipTooLarge } from './importers/zip-archive.js';
import type { ImportView } from './problems.dto.js';
import { fieldsOf, ProblemsService } from './problems.service.js';

export const UPLOAD_LIMIT_BYTES = 256 * 1024 * 1024;

interface Upload {
  readonly file: string;
  readonly slugHint: string;
  readonly format: ImportFormat;
}

/** A problem package becomes a draft, or a new revision of a problem of its importer. Nothing is written until all is read. */
@Injectable()
export class ImportService {
  /** Each holds one file of test data in memory and a connection to the database. */
  private readonly gate = new Gate(2, 8);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly problems: ProblemsService,
  ) {}

  async import(viewer: Viewer, request: FastifyRequest): Promise<ImportView> {
    const base = path.join(this.config.dataFolder, 'uploads');
    await mkdir(base, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(path.join(base, 'import-'));
    try {
      const upload = await receive(request, path.join(folder, 'upload.zip'));
      return await this.gate.pass(() => this.save(viewer, upload));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async save(viewer: Viewer, { file, slugHint, format }: Upload): Promise<ImportView> {
    const archive = await ZipArchive.open(file);
    try {
      const { slug, settings, testCases, warnings } = await importers[format](archive);
      const { timeLimitMs, memoryLimitBytes, outputLimitBytes, checker, checkerOptions } = settings;
      const rules = { timeLimitMs, memoryLimitBytes, outputLimitBytes, checker, checkerOptions };
      const change = { ...rules, testCases };
      const problem = await this.problems.save(viewer, slug ?? requireSlug(slugHint), fieldsOf(settings), change);
      return { problem, warnings: [...warnings] };
    } finally {
      archive.close();
    }
  }
}

/** Streams the file to disk; takes the fields before or after it. */
async function receive(request: FastifyRequest, target: string): Promise<Upload> {
  const fields = new Map<string, string>();
  let filename: string | null = null;
  for await (const part of request.parts({ limits: { files: 1, fields: 10, fieldSize: 1024, parts: 11 } })) {
    if (part.type === 'field') fields.set(part.fieldname, String(part.value));
    else filename = await store(part, target);
  }
  if (filename === null) throw badRequest('FILE_MISSING', 'Send the zip as the form field `file`.');
  const format = fields.get('format') ?? DEFAULT_FORMAT;
  if (!isImportFormat(format)) {
    throw badRequest('UNKNOWN_FORMAT', `The format must be one of ${Object.keys(importers).join(', ')}.`);
  }
  return { file: target, slugHint: fields.get('slug') ?? path.parse(filename).name.toLowerCase(), format };
}

async function store(part: MultipartFile, target: string): Promise<string> {
  await pipeline(part.file, createWriteStream(target, { mode: 0o600 }));
  if (part.file.truncated) throw zipTooLarge('The zip is larger than 256 MiB.');
  return part.filename;
}

function requireSlug(slug: string): string {
  if (SLUG.test(slug)) return slug;
  throw badRequest('PROBLEM_SLUG_INVALID', `${JSON.stringify(slug)} is no slug: ${SLUG_MEANING}. Send the field slug.`);
}
