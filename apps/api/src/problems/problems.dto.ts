import { ApiProperty, PartialType } from '@nestjs/swagger';
import { checkers } from '#libs/judging/checkers/index.js';
import { Bytes, Decimal, Flag, ListOf, Nested, OneOf, Text, Texts, Whole, WholeQuery } from '../common/fields.js';
import { SLUG, SLUG_MEANING, USERNAME, USERNAME_MEANING } from '../common/names.js';

const MIB = 1024 * 1024;
export const BODY_LIMIT_BYTES = 16 * MIB;
export const MOST_TEST_CASES = 1000;
export const visibilities = ['draft', 'published'] as const;
const checkerNames = Object.keys(checkers);

export class CheckerOptionsBody {
  @Decimal({ optional: true, min: 0, max: 1e9, description: 'floats, kattis: largest absolute error that passes.' })
  absolute?: number;

  @Decimal({ optional: true, min: 0, max: 1, description: 'floats, kattis: largest relative error that passes.' })
  relative?: number;

  @Flag({ optional: true, description: 'kattis: the case of letters counts. Default: false.' })
  caseSensitive?: boolean;

  @Flag({ optional: true, description: 'kattis: every byte of white space counts. Default: false.' })
  spaceSensitive?: boolean;
}

/** What both the API and a `problem.yaml` say of a problem. */
export class ProblemSettings {
  @Text({ minLength: 1, maxLength: 200 })
  title: string;

  @Text({ maxLength: MIB, description: 'Markdown with LaTeX between dollar signs.' })
  statement: string;

  @Whole({ min: 1, max: 60_000 })
  timeLimitMs: number;

  @Whole({ min: 4 * MIB, max: 4096 * MIB })
  memoryLimitBytes: number;

  @Whole({ optional: true, min: 1024, max: 256 * MIB, description: 'Default: 16 MiB.' })
  outputLimitBytes?: number;

  @OneOf(checkerNames, { optional: true, description: 'Default: lines.' })
  checker?: string;

  @Nested(CheckerOptionsBody, { optional: true })
  checkerOptions?: CheckerOptionsBody;

  @Texts({ optional: true, maxItems: 20, maxLength: 32 })
  tags?: string[];
}

export class TestCaseBody {
  @Bytes({ maxLength: BODY_LIMIT_BYTES })
  input: string;

  @Bytes({ maxLength: BODY_LIMIT_BYTES })
  answer: string;

  @Flag({ optional: true, description: 'Shown to everyone. Default: false.' })
  sample?: boolean;

  @Text({ optional: true, minLength: 1, maxLength: 200 })
  name?: string;
}

export class ProblemBody extends ProblemSettings {
  @OneOf(visibilities, { optional: true, description: 'Default of POST: published.' })
  visibility?: (typeof visibilities)[number];

  @ListOf(TestCaseBody, { minItems: 1, maxItems: MOST_TEST_CASES })
  testCases: TestCaseBody[];
}

export class CreateProblemBody extends ProblemBody {
  @Text({ maxLength: 64, pattern: SLUG, patternMeaning: SLUG_MEANING })
  slug: string;
}

/** What is left out stays as it is. */
export class UpdateProblemBody extends PartialType(ProblemBody, { skipNullProperties: false }) {
  @Text({ optional: true, maxLength: 64, description: 'Only the present one: slugs do not change.' })
  slug?: string;

  @Texts({ optional: true, maxItems: 50, maxLength: 32, pattern: USERNAME, meaning: USERNAME_MEANING })
  editors?: string[];
}

export class EditorsBody {
  @Texts({ maxItems: 50, maxLength: 32, pattern: USERNAME, meaning: USERNAME_MEANING })
  usernames: string[];
}

export class ProblemsQuery {
  @Text({ optional: true, maxLength: 100, description: 'Part of a title or slug.' })
  query?: string;

  @Text({ optional: true, maxLength: 32 })
  tag?: string;

  @WholeQuery({ optional: true, min: 1, max: 1_000_000 })
  page?: number;
}

export class PersonView {
  @ApiProperty() username: string;
  @ApiProperty() displayName: string;
}

export class ProblemRowView {
  @ApiProperty() slug: string;
  @ApiProperty() title: string;
  @ApiProperty({ type: [String] }) tags: string[];
  @ApiProperty({ enum: visibilities }) visibility: (typeof visibilities)[number];
  @ApiProperty() timeLimitMs: number;
  @ApiProperty() memoryLimitBytes: number;
  @ApiProperty({ type: Boolean, nullable: true, description: 'By you; null when not signed in.' }) solved:
    boolean | null;
}

export class ProblemsView {
  @ApiProperty({ type: [ProblemRowView] }) rows: ProblemRowView[];
  @ApiProperty() page: number;
  @ApiProperty() pages: number;
  @ApiProperty() total: number;
}

export class SampleView {
  @ApiProperty() ordinal: number;
  @ApiProperty() name: string;
  @ApiProperty() input: string;
  @ApiProperty() answer: string;
  @ApiProperty({ description: 'Input or answer is cut at 64 KiB.' }) truncated: boolean;
}

export class ProblemView extends ProblemRowView {
  @ApiProperty() statement: string;
  @ApiProperty() outputLimitBytes: number;
  @ApiProperty() checker: string;
  @ApiProperty({ type: CheckerOptionsBody }) checkerOptions: CheckerOptionsBody;
  @ApiProperty({ type: [SampleView] }) samples: SampleView[];
  @ApiProperty() owner: PersonView;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
  @ApiProperty({ required: false, type: [String], description: 'Staff only.' }) editors?: string[];
  @ApiProperty({ required: false, description: 'Staff only.' }) revision?: number;
  @ApiProperty({ required: false, description: 'Staff only.' }) testCaseCount?: number;
}

export class ImportView {
  @ApiProperty() problem: ProblemView;
  @ApiProperty({ type: [String] }) warnings: string[];
}

export class EditorsView {
  @ApiProperty({ type: [String] }) editors: string[];
}

export class TestCaseView {
  @ApiProperty() ordinal: number;
  @ApiProperty() name: string;
  @ApiProperty() sample: boolean;
  @ApiProperty() inputBytes: number;
  @ApiProperty() answerBytes: number;
}
