import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { LanguageState, LanguageStatus } from '#libs/paiza/languages.js';
import { Allow } from '../common/route.js';
import { LanguagesService } from './languages.service.js';

class LanguageView {
  @ApiProperty() id: string;
  @ApiProperty() name: string;
  @ApiProperty({ description: 'Of the compiler or interpreter; empty unless ready.' }) version: string;
  @ApiProperty({ enum: ['ready', 'installing', 'failed', 'missing'] }) state: LanguageState;
  @ApiProperty({ required: false }) reason?: string;
}

@ApiTags('languages')
@Controller('api/languages')
export class LanguagesController {
  constructor(private readonly languages: LanguagesService) {}

  @Get()
  @Allow('anyone')
  @ApiOkResponse({ type: [LanguageView] })
  list(): Promise<LanguageStatus[]> {
    return this.languages.list();
  }
}
