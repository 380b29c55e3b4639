import { isUtf8 } from 'node:buffer';

/** Gives the next bytes, as many as it likes; null at the end, and then always. */
export type Pull = () => Uint8Array | null;

/**
 * A checker compares bytes; nothing is decoded, so two different wrong bytes never look alike. It pulls them as it goes and
 * keeps no more than the pieces it looks at, but for the unordered ones, which must keep what differs. Pure: the answer
 * depends on the bytes alone, not on how they are cut into chunks. Throws AnswerInvalid when no output could be right.
 */
export type Checker = (output: Pull, answer: Pull, options: CheckerOptions) => CheckResult;

export interface CheckerOptions {
  /** floats, kattis: largest absolute error that passes. */
  readonly absolute?: number;
  /** floats, kattis: largest relative error that passes. */
  readonly relative?: number;
  /** kattis: `case_sensitive`. */
  readonly caseSensitive?: boolean;
  /** kattis: `space_change_sensitive`. */
  readonly spaceSensitive?: boolean;
}

/** The answer file is not what its checker can compare with: a fault of the problem, never the student's. */
export class AnswerInvalid extends Error {
  override readonly name = 'AnswerInvalid';
}

/** All of it, in one chunk. */
export function pullOf(bytes: Uint8Array): Pull {
  let rest: Uint8Array | null = bytes;
  return () => {
    const chunk = rest;
    rest = null;
    return chunk;
  };
}

export type CheckResult = { readonly accepted: true } | { readonly accepted: false; readonly message: string };

export const accept: CheckResult = { accepted: true };
export const reject = (message: string): CheckResult => ({ accepted: false, message });

const SHOWN_BYTES = 60;
const LONGEST_CHARACTER_BYTES = 4;

/**
 * Bytes for people: quoted, from `from` on, cut to a readable length. What is no UTF-8 or would not be seen is escaped,
 * so that different bytes look different.
 */
export function show(bytes: Uint8Array, from = 0): string {
  const start = characterStart(bytes, Math.min(from, bytes.length));
  const wanted = start + SHOWN_BYTES;
  const end = wanted < bytes.length ? characterStart(bytes, wanted) : bytes.length;
  const before = start > 0 ? '…' : '';
  const after = end < bytes.length ? `… (${bytes.length} bytes)` : '';
  return `${before}"${escaped(bytes.subarray(start, end))}"${after}`;
}

/** The beginning of the character that `at` lies in, so that a cut leaves characters whole. */
function characterStart(bytes: Uint8Array, at: number): number {
  for (let start = at; start > Math.max(0, at - LONGEST_CHARACTER_BYTES); start--) {
    if (!isContinuation(bytes[start])) return start;
  }
  return at;
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

function escaped(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    text += length === 0 ? hexEscape(bytes[at]) : escapedCharacter(bytes.subarray(at, at + length));
    at += length || 1;
  }
  return text;
}

/** Bytes of the character at `at`; 0 when there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= LONGEST_CHARACTER_BYTES && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}

const hexEscape = (byte: number | undefined) => `\\x${(byte ?? 0).toString(16).padStart(2, '0')}`;

/** Control and format characters, and every space but the usual one. */
const UNSEEN = /^[\p{C}\p{Z}]$/u;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };

function escapedCharacter(bytes: Uint8Array): string {
  const character = Buffer.from(bytes).toString('utf8');
  if (character === ' ') return character;
  return NAMED[character] ?? (UNSEEN.test(character) ? [...bytes].map(hexEscape).join('') : character);
}
