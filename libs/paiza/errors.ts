/** The server does not answer, or says that it cannot now. An outage: nothing is concluded, everything waits. */
export class RunnerUnavailable extends Error {
  override readonly name = 'RunnerUnavailable';
}

/** The server answered, but not with an outcome: its own fault, or an answer we do not understand. */
export class RunnerFault extends Error {
  override readonly name = 'RunnerFault';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}
