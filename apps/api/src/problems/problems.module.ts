import { Module } from '@nestjs/common';
import { ImportService } from './import.service.js';
import { ProblemsController } from './problems.controller.js';
import { ProblemsRepository } from './problems.repository.js';
import { ProblemsService } from './problems.service.js';
import { Revisions } from './revisions.js';

@Module({
  controllers: [ProblemsController],
  providers: [ImportService, ProblemsRepository, ProblemsService, Revisions],
  exports: [ProblemsRepository],
})
export class ProblemsModule {}
