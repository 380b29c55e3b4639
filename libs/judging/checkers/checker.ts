/** A checker compares bytes; nothing is decoded, so two different wrong bytes never look alike. */
export type Checker = (output: Uint8Array, answer: Uint8Array, options: CheckerOptions) => CheckResult;

export interface CheckerOptions {
  /** Floats: largest absolute error that passes. */
  readonly absolute?: number;
  /** Floats: largest relative error that passes. */
  readonly relative?: number;
}

export type CheckResult = { readonly accepted: true } | { readonly accepted: false; readonly message: string };

export const accept: CheckResult = { accepted: true };
export const reject = (message: string): CheckResult => ({ accepted: false, message });

const SHOWN_BYTES = 60;

/** Bytes for people: quoted, cut to a readable length, control characters escaped. */
export function show(bytes: Uint8Array): string {
  const cut = bytes.length > SHOWN_BYTES ? bytes.subarray(0, SHOWN_BYTES) : bytes;
  const shown = JSON.stringify(Buffer.from(cut).toString('utf8')).replace(/\ufffd/g, '\\?');
  return cut.length < bytes.length ? `${shown}… (${bytes.length} bytes)` : shown;
}
