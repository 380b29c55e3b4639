/** A problem package that cannot be used: a stable code, what is wrong, and what to do. */
export class ProblemPackageError extends Error {
  override readonly name = 'ProblemPackageError';

  constructor(
    readonly code: `PROBLEM_PACKAGE_${string}`,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${message}`, options);
  }
}
