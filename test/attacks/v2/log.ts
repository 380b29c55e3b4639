import { assertNever } from '#libs/judging/assert-never.js';
import type { Message, Role } from './messages.js';
import type { Pace } from './pace.js';

/** Where the log of the last run lies, below the checkout. */
export const LOG_FILE = 'docs/attacks-v2.md';

/** All that a run has told. */
export interface RunLog {
  readonly kernelPackage: string;
  readonly accelerator: string;
  readonly hostPace: Pace;
  readonly messages: readonly Message[];
  /** What the list printed. */
  readonly output: ReadonlyMap<Role, readonly string[]>;
  readonly exitCode: number;
  readonly seconds: number;
  readonly sourceHash: string;
}

const ROLE_TITLES: Readonly<Record<Role, string>> = {
  root: 'As root',
  user: 'As an ordinary user, with user namespaces and a delegated cgroup',
};

/** The page, in the shape that Prettier leaves alone. */
export function logPage(log: RunLog): string {
  const facts = [
    `SHA-256 of the sources: \`${log.sourceHash}\``,
    `Result: ${resultOf(log)}`,
    `Kernel: ${log.kernelPackage}`,
    `Run by: ${log.accelerator}`,
    ...log.messages.flatMap((message) => factsOf(message, log.hostPace)),
    `Altogether: ${log.seconds} s`,
  ];
  const sections = [...log.output].flatMap(([role, lines]) => [
    `## ${ROLE_TITLES[role]}`,
    '',
    ...['```text', ...lines.map((line) => line.trimEnd()), '```', ''],
  ]);
  return [
    '# The attacks on cgroup v2',
    '',
    'Written by `npm run attacks:v2`, which boots a guest and runs the list of `test/attacks` there twice; see',
    '[the decision](decisions/0009-attacks-in-a-guest.md). A test compares the hash with the sources.',
    '',
    ...facts.map((fact) => `- ${fact}`),
    '',
    ...sections,
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** The line that the test looks for. */
export const ALL_WELL = 'all well';
const resultOf = ({ exitCode }: RunLog) => (exitCode === 0 ? ALL_WELL : `failed, exit code ${exitCode}`);

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function factsOf(message: Message, host: Pace): string[] {
  switch (message.kind) {
    case 'booted':
      return [
        `Booted: \`${message.kernel}\`, Node ran after ${ms(message.afterMs)}, its start takes ${ms(message.nodeStartMs)}`,
      ];
    case 'checked':
      return [`Self-check: ${message.wrong ?? 'passed'} (${message.found})`];
    case 'paced':
      return [
        `Time limits: ${message.timeScale} times the host's, as measured: a loop takes ${ms(message.pace.loopMs)} (host ${ms(host.loopMs)}), ` +
          `fork and exec ${ms(message.pace.forkExecMs)} (host ${ms(host.forkExecMs)})`,
      ];
    case 'ended':
      return [
        `${ROLE_TITLES[message.role]}: exit code ${message.code} after ${Math.round(message.ms / 1000)} s, ` +
          (message.left.length === 0 ? 'no process left' : `left: ${message.left.join(', ')}`) +
          `, ${message.emptyGroups} empty cgroups, which the next sandbox removes`,
      ];
    case 'started':
      return [];
    default:
      return assertNever(message);
  }
}
