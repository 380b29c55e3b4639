import type { INestApplication } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `Sign in with \`POST /api/auth/login\`, then send \`Authorization: Bearer <token>\`.
Every answer that says no is \`{"code":"…","message":"…"}\`: the code is stable, the message says what to do.`;

/** The OpenAPI document, built once the routes are known. */
@Injectable()
export class OpenApi {
  document: OpenAPIObject;

  build(app: INestApplication): void {
    const description = new DocumentBuilder().setTitle('Saiban').setDescription(DESCRIPTION).setVersion('1');
    this.document = SwaggerModule.createDocument(app, description.addBearerAuth().build());
  }
}
