import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

/** Fields of bodies and queries: each decorator both checks a field and describes it in the OpenAPI page. */
interface Common {
  readonly optional?: boolean;
  readonly description?: string;
}

/** An optional field may be missing, not null: `IsOptional` would let null through to code that expects a value. */
const presence = ({ optional, description }: Common, schema: object) => [
  ApiProperty({ ...schema, required: optional !== true, ...(description === undefined ? {} : { description }) }),
  ...(optional ? [ValidateIf((_, value) => value !== undefined)] : []),
];

/** Postgres' text refuses NUL, and a lone surrogate would be stored as another character. */
export const isStorable = (text: string) => !/\0|\p{Surrogate}/u.test(text);

const IsStorable = () =>
  ValidateBy({
    name: 'isStorable',
    validator: {
      validate: (value) => typeof value === 'string' && isStorable(value),
      defaultMessage: () => '$property must not contain NUL characters or broken Unicode',
    },
  });

interface TextOptions extends Common {
  readonly minLength?: number;
  readonly maxLength: number;
  readonly pattern?: RegExp;
  readonly patternMeaning?: string;
}

/** A text that a text column can hold; lengths in UTF-16 units. */
export const Text = (options: TextOptions) =>
  applyDecorators(
    ...presence(options, {
      type: String,
      maxLength: options.maxLength,
      ...(options.minLength === undefined ? {} : { minLength: options.minLength }),
      ...(options.pattern === undefined ? {} : { pattern: options.pattern.source }),
    }),
    IsString(),
    IsStorable(),
    MaxLength(options.maxLength),
    ...(options.minLength === undefined ? [] : [MinLength(options.minLength)]),
    ...(options.pattern === undefined
      ? []
      : [Matches(options.pattern, { message: `$property must be ${options.patternMeaning}` })]),
  );

const IsWellFormed = () =>
  ValidateBy({
    name: 'isWellFormed',
    validator: {
      validate: (value) => typeof value === 'string' && !/\p{Surrogate}/u.test(value),
      defaultMessage: () => '$property must not contain broken Unicode (lone surrogates)',
    },
  });

/** A text whose bytes we keep, NUL and all; `unchecked` leaves broken Unicode to the service. */
export const Bytes = (options: Common & { maxLength: number; unchecked?: boolean }) =>
  applyDecorators(
    ...presence(options, { type: String, maxLength: options.maxLength }),
    IsString(),
    ...(options.unchecked ? [] : [IsWellFormed()]),
    MaxLength(options.maxLength),
  );

/** A whole number in JSON. */
export const Whole = (options: Common & { min: number; max: number }) =>
  applyDecorators(
    ...presence(options, { type: 'integer', minimum: options.min, maximum: options.max }),
    IsInt(),
    Min(options.min),
    Max(options.max),
  );

/** Any finite number in JSON. */
export const Decimal = (options: Common & { min: number; max: number }) =>
  applyDecorators(
    ...presence(options, { type: Number, minimum: options.min, maximum: options.max }),
    IsNumber({ allowNaN: false, allowInfinity: false }),
    Min(options.min),
    Max(options.max),
  );

/** A whole number in a query string. */
export const WholeQuery = (options: Common & { min: number; max: number }) =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ),
    Whole(options),
  );

export const Flag = (options: Common = {}) => applyDecorators(...presence(options, { type: Boolean }), IsBoolean());

export const OneOf = (values: readonly string[], options: Common = {}) =>
  applyDecorators(...presence(options, { type: String, enum: [...values] }), IsString(), IsIn([...values]));

export const Texts = (options: Common & { maxItems: number; maxLength: number; pattern?: RegExp; meaning?: string }) =>
  applyDecorators(
    ...presence(options, { type: [String], maxItems: options.maxItems }),
    IsArray(),
    ArrayMaxSize(options.maxItems),
    ArrayUnique(),
    IsString({ each: true }),
    MinLength(1, { each: true }),
    MaxLength(options.maxLength, { each: true }),
    Matches(options.pattern ?? /^[^\0\p{Surrogate}]*$/u, {
      each: true,
      message: `each value in $property must be ${options.meaning ?? 'text without NUL or broken Unicode'}`,
    }),
  );

export const Nested = (type: new () => object, options: Common = {}) =>
  applyDecorators(
    ...presence(options, { type }),
    IsObject(),
    ValidateNested(),
    Type(() => type),
  );

export const ListOf = (type: new () => object, options: Common & { minItems: number; maxItems: number }) =>
  applyDecorators(
    ...presence(options, { type: [type], minItems: options.minItems, maxItems: options.maxItems }),
    IsArray(),
    ArrayMinSize(options.minItems),
    ArrayMaxSize(options.maxItems),
    ValidateNested({ each: true }),
    Type(() => type),
  );
