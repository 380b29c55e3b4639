import { ApiProperty } from '@nestjs/swagger';
import type { TrialOutcome } from '#libs/judging/trial.js';
import { Bytes, Text } from '../common/fields.js';
import { states, SUBMISSION_BODY_LIMIT_BYTES } from '../submissions/submissions.dto.js';

export const INPUT_LIMIT_BYTES = 1024 * 1024;
/** Source and input, each byte written as \u00xx. */
export const RUN_BODY_LIMIT_BYTES = SUBMISSION_BODY_LIMIT_BYTES + 6 * INPUT_LIMIT_BYTES;

export class RunBody {
  @Text({ maxLength: 64, description: 'Id, see GET /api/languages.' })
  language: string;

  @Bytes({ maxLength: SUBMISSION_BODY_LIMIT_BYTES, unchecked: true, description: 'At most 256 KiB in UTF-8.' })
  source: string;

  @Bytes({ optional: true, maxLength: INPUT_LIMIT_BYTES, description: 'At most 1 MiB in UTF-8. Default: empty.' })
  input?: string;
}

/** The outcome's fields are null until `state` is done. */
export class FreeRunView {
  @ApiProperty({ description: 'Who has it may look.' }) id: string;
  @ApiProperty() language: string;
  @ApiProperty({ enum: states }) state: (typeof states)[number];
  @ApiProperty({ type: String, nullable: true }) status: TrialOutcome['status'] | null;
  @ApiProperty({ type: Number, nullable: true }) exitCode: number | null;
  @ApiProperty({ type: Number, nullable: true }) signal: number | null;
  @ApiProperty({ type: Number, nullable: true }) timeMs: number | null;
  @ApiProperty({ type: Number, nullable: true }) wallTimeMs: number | null;
  @ApiProperty({ type: Number, nullable: true }) memoryBytes: number | null;
  @ApiProperty({ type: Boolean, nullable: true }) buildSucceeded: boolean | null;
  @ApiProperty({ type: String, nullable: true }) buildOutput: string | null;
  @ApiProperty({ type: String, nullable: true }) stdout: string | null;
  @ApiProperty({ type: String, nullable: true }) stderr: string | null;
  @ApiProperty({ required: false, description: 'Only when stdout is not UTF-8.' }) stdoutBase64?: string;
  @ApiProperty({ required: false, description: 'Only when stderr is not UTF-8.' }) stderrBase64?: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Before it was cut.' }) stdoutLength: number | null;
  @ApiProperty({ type: String, nullable: true }) message: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}
