import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { notFound } from '../common/errors.js';
import { Allow } from '../common/route.js';
import { OpenApi } from './open-api.js';

/** Swagger UI comes with @nestjs/swagger; served from here, the page works without internet. */
const ownRequire = createRequire(import.meta.url);
const ASSETS = path.dirname(
  createRequire(ownRequire.resolve('@nestjs/swagger')).resolve('swagger-ui-dist/package.json'),
);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/** The bundle sets style attributes; scripts come only from us. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Saiban API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" href="/api/docs/favicon-32x32.png">
</head>
<body>
<div id="page"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#page', deepLinking: true });\n`;

@ApiExcludeController()
@Controller()
export class DocsController {
  constructor(private readonly openApi: OpenApi) {}

  /** Until the web app exists. */
  @Get()
  @Allow('anyone')
  home(@Res() reply: FastifyReply): void {
    void reply.redirect('/api/docs', 302);
  }

  @Get('api/openapi.json')
  @Allow('anyone')
  document(): object {
    return this.openApi.document;
  }

  @Get('api/docs')
  @Allow('anyone')
  page(@Res() reply: FastifyReply): void {
    void reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(PAGE);
  }

  @Get('api/docs/:asset')
  @Allow('anyone')
  asset(@Param('asset') asset: string, @Res() reply: FastifyReply): void {
    void reply.header('cache-control', 'public, max-age=3600');
    if (asset === 'start.js') {
      void reply.type('text/javascript; charset=utf-8').send(START);
      return;
    }
    const type = Object.hasOwn(CONTENT_TYPES, asset) ? CONTENT_TYPES[asset] : undefined;
    if (type === undefined) throw notFound('ROUTE_NOT_FOUND', 'There is no such file. See /api/docs.');
    void reply.type(type).send(createReadStream(path.join(ASSETS, asset)));
  }
}
