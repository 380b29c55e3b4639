import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '#libs/config/config.js';
import { CHECKOUT } from '../checkout.js';
import { Screen } from '../screen/screen.js';
import { prepareToolchain } from '../system/toolchain.js';

/** What we read of Jest's report. */
export interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not be run at all. */
  readonly numRuntimeErrorTestSuites: number;
}

export interface Tally {
  /** The last line: `N passed, N failed, N skipped`. */
  readonly line: string;
  readonly code: 0 | 1;
}

/** Runs all tests, or those that the arguments, passed on to Jest, choose. What the tests need is installed before. */
export async function test(args: readonly string[]): Promise<number> {
  const screen = new Screen();
  const { toolchainFolder } = readConfig(process.env, CHECKOUT);
  await prepareToolchain(screen, { ...process.env, SAIBAN_TOOLCHAIN: toolchainFolder });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-jest-'));
  try {
    const reportFile = path.join(folder, 'report.json');
    const code = await runJest([...args, '--json', `--outputFile=${reportFile}`], toolchainFolder);
    const report = existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport) : null;
    const tally = tallyOf(report, code);
    screen.say(tally.line);
    return tally.code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not run counts as a failed test; nothing run, skipped or left to do is a failure too. */
export function tallyOf(report: JestReport | null, jestCode: number): Tally {
  const passed = report?.numPassedTests ?? 0;
  const failed = report === null ? 1 : report.numFailedTests + report.numRuntimeErrorTestSuites;
  const skipped = report === null ? 0 : report.numPendingTests + report.numTodoTests;
  const good = jestCode === 0 && report?.success === true && passed > 0 && failed === 0 && skipped === 0;
  return { line: `${passed} passed, ${failed} failed, ${skipped} skipped`, code: good ? 0 : 1 };
}

function runJest(args: readonly string[], toolchainFolder: string): Promise<number> {
  const jest = path.join(CHECKOUT, 'node_modules/jest/bin/jest.js');
  // Nest 12 is ESM only, which Jest runs in vm modules.
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...options, jest, ...args], {
    cwd: CHECKOUT,
    env: { ...process.env, NODE_ENV: 'test', SAIBAN_TOOLCHAIN: toolchainFolder },
    // The JSON goes to its file; Jest's own report is on the error output.
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
