import { NestFactory } from '@nestjs/core';
import { readConfig } from '#libs/config/config.js';
import { WorkerModule } from './worker.module.js';

const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(readConfig()), {
  logger: ['log', 'warn', 'error', 'fatal'],
});
app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
