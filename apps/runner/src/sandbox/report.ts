import { SandboxFault } from './sandbox.js';

/** What init writes, see apps/runner/native/init.c. */
export type Report =
  | (Rusage & { readonly kind: 'exited'; readonly code: number })
  | (Rusage & { readonly kind: 'signalled'; readonly signal: number })
  | { readonly kind: 'fault'; readonly step: string; readonly errno: number };

interface Rusage {
  readonly userUs: number;
  readonly systemUs: number;
  readonly maxRssKib: number;
}

/** Init has done everything but to start the program. */
export const READY = 'ready\n';

const LINE = /^(?:(exited|signalled) (\d+) (\d+) (\d+) (\d+)|fault (\w+) (\d+))\n$/;

/** Null when init was killed before it could report. Throws SandboxFault for anything it does not write. */
export function parseReport(text: string): Report | null {
  const line = text.startsWith(READY) ? text.slice(READY.length) : text;
  if (line === '') return null;
  const match = LINE.exec(line);
  if (match === null) throw new SandboxFault(`init reported ${JSON.stringify(text.slice(0, 100))}`);
  const [, kind, end, userUs, systemUs, maxRssKib, step, errno] = match;
  if (step !== undefined) return { kind: 'fault', step, errno: Number(errno) };
  const used = { userUs: Number(userUs), systemUs: Number(systemUs), maxRssKib: Number(maxRssKib) };
  return kind === 'exited' ? { kind, code: Number(end), ...used } : { kind: 'signalled', signal: Number(end), ...used };
}
