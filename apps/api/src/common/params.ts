import { Param, type PipeTransform } from '@nestjs/common';
import { type ApiError, problemNotFound, submissionNotFound, userNotFound } from './errors.js';
import { SLUG, USERNAME } from './names.js';

/** A path part that cannot name anything is not found; it never reaches the database. */
const matching = (pattern: RegExp, error: () => ApiError): PipeTransform<string, string> => ({
  transform(value) {
    if (!pattern.test(value)) throw error();
    return value;
  },
});

/** Fits bigint. */
const NUMBER = /^[1-9]\d{0,17}$/;

export const SlugParam = () => Param('slug', matching(SLUG, problemNotFound));
export const UsernameParam = () => Param('username', matching(USERNAME, userNotFound));
export const SubmissionIdParam = () => Param('id', matching(NUMBER, submissionNotFound), { transform: BigInt });
