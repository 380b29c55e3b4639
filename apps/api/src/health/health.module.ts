import { Module } from '@nestjs/common';
import { LanguagesModule } from '../languages/languages.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

@Module({ imports: [LanguagesModule], controllers: [HealthController], providers: [HealthService] })
export class HealthModule {}
