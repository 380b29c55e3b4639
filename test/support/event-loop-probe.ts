/**
 * Loaded into a process of ours by `--import`: at each SIGUSR2 it writes what its event loop and memory were like since the
 * last one to the file EVENT_LOOP_FILE, and begins anew.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface EventLoopReport {
  readonly p99Ms: number;
  readonly longestMs: number;
  readonly rssBytes: number;
}

const file = process.env['EVENT_LOOP_FILE'];
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

process.on('SIGUSR2', () => {
  if (file === undefined) return;
  const report: EventLoopReport = {
    p99Ms: delay.percentile(99) / 1e6,
    longestMs: delay.max / 1e6,
    rssBytes: process.memoryUsage().rss,
  };
  delay.reset();
  // Whole or not there.
  writeFileSync(`${file}.new`, JSON.stringify(report));
  renameSync(`${file}.new`, file);
});
