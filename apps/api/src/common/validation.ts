import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError, ValidatorOptions } from 'class-validator';
import { type ApiError, badRequest } from './errors.js';

const MOST_COMPLAINTS = 10;

export const strictly = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
} satisfies ValidatorOptions;

/** Bodies and queries hold what their DTO names and nothing else, else 400 VALIDATION_FAILED. */
export class StrictValidation extends ValidationPipe {
  constructor() {
    super({ ...strictly, transform: true, exceptionFactory: (errors) => validationFailed(complaintsOf(errors)) });
  }

  /** Path parts have pipes of their own (params.ts), and Nest would try to construct a bigint. */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return metadata.type === 'body' || metadata.type === 'query' ? super.transform(value, metadata) : value;
  }
}

export function validationFailed(complaints: readonly Complaint[]): ApiError {
  const shown = complaints.slice(0, MOST_COMPLAINTS);
  return badRequest('VALIDATION_FAILED', `${shown.map(({ text }) => text).join('; ')}.`, {
    fields: shown.map(({ field }) => field),
  });
}

export interface Complaint {
  readonly field: string;
  readonly text: string;
}

/** One per refused field, the nested ones by their path: `testCases.0.input`. */
export function complaintsOf(errors: readonly ValidationError[], path = ''): Complaint[] {
  return errors.flatMap((error) => {
    const field = path === '' ? error.property : `${path}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((text) => ({ field, text: named(text, error, field) }));
    return [...own, ...complaintsOf(error.children ?? [], field)];
  });
}

/** class-validator names a nested field by its last part only. */
const named = (text: string, error: ValidationError, field: string) =>
  field === error.property ? text : text.replace(error.property, field);
