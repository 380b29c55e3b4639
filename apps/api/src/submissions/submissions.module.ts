import { Module } from '@nestjs/common';
import { LanguagesModule } from '../languages/languages.module.js';
import { ProblemsModule } from '../problems/problems.module.js';
import { SubmissionEvents } from './submission-events.js';
import { SubmissionsController } from './submissions.controller.js';
import { SubmissionsRepository } from './submissions.repository.js';
import { SubmissionsService } from './submissions.service.js';

@Module({
  imports: [LanguagesModule, ProblemsModule],
  controllers: [SubmissionsController],
  providers: [SubmissionEvents, SubmissionsRepository, SubmissionsService],
})
export class SubmissionsModule {}
