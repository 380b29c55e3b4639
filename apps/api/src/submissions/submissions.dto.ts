import { ApiProperty } from '@nestjs/swagger';
import { type Verdict, verdicts } from '#libs/judging/verdict.js';
import { Bytes, OneOf, Text, WholeQuery } from '../common/fields.js';
import { SLUG, SLUG_MEANING, USERNAME, USERNAME_MEANING } from '../common/names.js';
import { PersonView } from '../problems/problems.dto.js';

/** 256 KiB of source, each byte written as \u00xx, and some room. */
export const SUBMISSION_BODY_LIMIT_BYTES = 2 * 1024 * 1024;
export const MOST_ROWS = 100;
export const states = ['queued', 'judging', 'done'] as const;

export class SubmitBody {
  @Text({ maxLength: 64, description: 'Slug.' })
  problem: string;

  @Text({ maxLength: 64, description: 'Id, see GET /api/languages.' })
  language: string;

  @Bytes({ maxLength: SUBMISSION_BODY_LIMIT_BYTES, unchecked: true, description: 'At most 256 KiB in UTF-8.' })
  source: string;
}

export class SubmissionsQuery {
  @Text({ optional: true, maxLength: 32, pattern: USERNAME, patternMeaning: USERNAME_MEANING })
  user?: string;

  @Text({ optional: true, maxLength: 64, pattern: SLUG, patternMeaning: SLUG_MEANING })
  problem?: string;

  @OneOf(verdicts, { optional: true })
  verdict?: Verdict;

  @Text({ optional: true, maxLength: 64 })
  language?: string;

  @Text({
    optional: true,
    maxLength: 18,
    pattern: /^[1-9]\d*$/,
    patternMeaning: 'the `next` of the page before',
    description: 'Only submissions with a lower id: `next` of the page before.',
  })
  before?: string;

  @WholeQuery({ optional: true, min: 1, max: MOST_ROWS, description: 'Default: 50.' })
  limit?: number;
}

/** What everyone may see of a submission. */
export class SubmissionRowView {
  @ApiProperty() id: string;
  @ApiProperty() user: PersonView;
  @ApiProperty({ description: 'Slug.' }) problem: string;
  @ApiProperty() problemTitle: string;
  @ApiProperty() language: string;
  @ApiProperty({ enum: states }) state: (typeof states)[number];
  @ApiProperty({ enum: verdicts, nullable: true, description: 'Null until `state` is done.' }) verdict: Verdict | null;
  @ApiProperty({ type: Number, nullable: true }) timeMs: number | null;
  @ApiProperty({ type: Number, nullable: true }) memoryBytes: number | null;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
}

export class SubmissionsView {
  @ApiProperty({ type: [SubmissionRowView] }) rows: SubmissionRowView[];
  @ApiProperty({ type: String, nullable: true, description: '`before` of the next page.' }) next: string | null;
}

export class RunView {
  @ApiProperty() ordinal: number;
  @ApiProperty() sample: boolean;
  @ApiProperty({ enum: verdicts }) verdict: Verdict;
  @ApiProperty() timeMs: number;
  @ApiProperty() memoryBytes: number;
  @ApiProperty({ type: String, nullable: true, description: 'Null for students on secret test cases.' }) message:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null for students on secret test cases.' }) stderr:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null for students on secret test cases.' }) stdout:
    string | null;
}

/** The optional fields are for the author and the problem's staff; `faultReason` for the staff alone. */
export class SubmissionView extends SubmissionRowView {
  @ApiProperty({ required: false, type: Number, nullable: true }) score?: number | null;
  @ApiProperty({ required: false, description: 'A newer judgement is under way.' }) rejudging?: boolean;
  @ApiProperty({ required: false, description: 'Time and memory are not exact.' }) approximate?: boolean;
  @ApiProperty({ required: false }) source?: string;
  @ApiProperty({ required: false, type: String, nullable: true }) compileOutput?: string | null;
  @ApiProperty({ required: false, type: [RunView] }) runs?: RunView[];
  @ApiProperty({ required: false, type: String, nullable: true }) faultReason?: string | null;
}
