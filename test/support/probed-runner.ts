import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT, until } from './child.js';
import type { EventLoopReport } from './event-loop-probe.js';
import { startRunner, type TestRunner } from './runner.js';

/** A runner that tells of its event loop and memory. */
export interface ProbedRunner extends TestRunner {
  /** Since the last report. */
  report(): Promise<EventLoopReport>;
}

export async function startProbedRunner(env: Readonly<Record<string, string>> = {}): Promise<ProbedRunner> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-probe-'));
  const file = path.join(folder, 'report.json');
  const probe = path.join(ROOT, 'dist/test/support/event-loop-probe.js');
  const runner = await startRunner({ ...env, NODE_OPTIONS: `--import=${probe}`, EVENT_LOOP_FILE: file });
  const report = async () => {
    rmSync(file, { force: true });
    runner.child.signal('SIGUSR2');
    await until('a report of the event loop', 10_000, async () => existsSync(file));
    return JSON.parse(readFileSync(file, 'utf8')) as EventLoopReport;
  };
  const stopRunner = runner.stop.bind(runner);
  const stop = async () => {
    await stopRunner();
    rmSync(folder, { recursive: true });
  };
  return Object.assign(runner, { report, stop });
}
