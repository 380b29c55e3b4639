import type { Pace } from './pace.js';

/** Runs of the list in the guest. */
export const ROLES = ['root', 'user'] as const;
export type Role = (typeof ROLES)[number];

/** What the guest is to do: plan.json in its root. */
export interface Plan {
  /** Of the host, measured before the guest was booted. */
  readonly hostPace: Pace;
  /** Node's arguments: a script below the checkout, and what it gets. The folder of the packs and the time scale are added. */
  readonly command: readonly string[];
}

/** What the guest tells beside the output of the attacks. */
export type Message =
  | { readonly kind: 'booted'; readonly kernel: string; readonly afterMs: number; readonly nodeStartMs: number }
  | { readonly kind: 'checked'; readonly found: string; readonly wrong: string | null }
  | { readonly kind: 'paced'; readonly pace: Pace; readonly timeScale: number }
  | { readonly kind: 'started'; readonly role: Role }
  | {
      readonly kind: 'ended';
      readonly role: Role;
      readonly code: number;
      readonly ms: number;
      /** Processes. */
      readonly left: readonly string[];
      /** Of sandboxes that have ended: of a killed one, and the one that each was in itself. The next one removes them. */
      readonly emptyGroups: number;
    };

const PREFIX = 'saiban-guest: ';
const EXIT = /^saiban-guest: exit (\d+)$/;

export const messageLine = (message: Message) => `${PREFIX}${JSON.stringify(message)}`;

/** Null for a line of the attacks or of the kernel. */
export const messageOf = (line: string): Message | null =>
  line.startsWith(`${PREFIX}{`) ? (JSON.parse(line.slice(PREFIX.length)) as Message) : null;

/** The exit code that run.sh tells at the end; null for other lines. */
export function exitCodeOf(line: string): number | null {
  const code = EXIT.exec(line)?.[1];
  return code === undefined ? null : Number(code);
}
