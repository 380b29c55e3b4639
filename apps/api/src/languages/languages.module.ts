import { Module } from '@nestjs/common';
import { LanguagesController } from './languages.controller.js';
import { LanguagesRepository } from './languages.repository.js';
import { LanguagesService } from './languages.service.js';

@Module({
  controllers: [LanguagesController],
  providers: [LanguagesRepository, LanguagesService],
  exports: [LanguagesRepository, LanguagesService],
})
export class LanguagesModule {}
