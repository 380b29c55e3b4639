import { Module } from '@nestjs/common';
import { LanguagesModule } from '../languages/languages.module.js';
import { TrialsController } from './trials.controller.js';
import { TrialsRepository } from './trials.repository.js';
import { TrialsService } from './trials.service.js';

@Module({
  imports: [LanguagesModule],
  controllers: [TrialsController],
  providers: [TrialsRepository, TrialsService],
  exports: [TrialsRepository],
})
export class TrialsModule {}
