import { Inject, Injectable } from '@nestjs/common';
import { LazyJudging } from '#libs/judging/lazy.js';
import { runLimits } from '#libs/judging/limits.js';
import type { Verdict } from '#libs/judging/verdict.js';
import type { Engine } from '#libs/paiza/engine.js';
import type { JudgeProgress } from '#libs/queue/judge.queue.js';
import { ENGINE } from '../engine/engine.provider.js';
import type { ClaimedJudgement, Conclusion, NewRun, StoredRun, TestCaseRow } from './judgement.repository.js';
import { type JudgingContext, runTestCase } from './run-test-case.js';
import { RunWriter } from './run-writer.js';
import { TestFiles } from './test-files.js';

const KEPT_COMPILE_OUTPUT_BYTES = 64 * 1024;
/** A pass-fail problem: AC is everything. */
const FULL_SCORE = 100;

/** What judging needs from whoever holds the lease. */
export interface JudgingPorts {
  readonly signal: AbortSignal;
  /** Test cases of this judgement that run at once. */
  readonly lanes: number;
  saveRuns(runs: readonly NewRun[]): Promise<void>;
  report(progress: JudgeProgress): void;
}

/** Builds a program once, runs its test cases and concludes. Knows nothing of queues and leases. */
@Injectable()
export class ProgramJudge {
  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly files: TestFiles,
  ) {}

  async judge(judgement: ClaimedJudgement, ports: JudgingPorts): Promise<Conclusion> {
    const program = { language: judgement.language, source: judgement.source };
    const build = await this.engine.build(program, ports.signal);
    const compileOutput = build.output.length > 0 ? build.output.subarray(0, KEPT_COMPILE_OUTPUT_BYTES) : null;
    if (!build.succeeded) return { ...conclusion('CE', []), compileOutput };
    const { revision } = judgement;
    const context: JudgingContext = { program, limits: runLimits(revision), ...revision };
    const judging = new JudgingTestCases(this.engine, this.files, context, judgement, ports);
    return { ...(await judging.finish()), compileOutput };
  }
}

/** The test cases of one judgement, some lanes at a time, exactly as if run one by one. */
class JudgingTestCases {
  private readonly lazy: LazyJudging;
  private readonly runs: StoredRun[];
  private readonly inFlight = new Map<number, AbortController>();
  private readonly failed = new AbortController();
  private readonly writer: RunWriter;
  private approximate = false;

  constructor(
    private readonly engine: Engine,
    private readonly files: TestFiles,
    private readonly context: JudgingContext,
    private readonly judgement: ClaimedJudgement,
    private readonly ports: JudgingPorts,
  ) {
    this.lazy = new LazyJudging(judgement.testCases.length, judgement.runs);
    this.runs = [...judgement.runs];
    this.writer = new RunWriter(
      async (runs) => {
        await ports.saveRuns(runs);
        ports.report({ done: this.lazy.done, total: this.lazy.total });
      },
      (error) => this.failed.abort(error),
    );
  }

  async finish(): Promise<Conclusion> {
    const lanes = Array.from({ length: Math.min(this.ports.lanes, this.lazy.total) }, () => this.lane());
    // All lanes end before anything is concluded or thrown: no run outlives its judging.
    await Promise.allSettled(lanes);
    await this.writer.close();
    this.failed.signal.throwIfAborted();
    const { verdict, last } = this.lazy;
    if (verdict === null) throw new Error('The runs ended without a verdict.');
    const counted = this.runs.filter((run) => run.ordinal <= last);
    return { ...conclusion(verdict, counted), lastOrdinal: last, approximate: this.approximate };
  }

  private async lane(): Promise<void> {
    try {
      for (let ordinal = this.lazy.next(); ordinal !== null; ordinal = this.lazy.next()) {
        if (this.failed.signal.aborted) return;
        await this.runOne(this.testCase(ordinal));
      }
    } catch (error) {
      this.failed.abort(error);
    }
  }

  private async runOne(testCase: TestCaseRow): Promise<void> {
    const cancel = new AbortController();
    this.inFlight.set(testCase.ordinal, cancel);
    const signal = AbortSignal.any([this.ports.signal, this.failed.signal, cancel.signal]);
    try {
      const judged = await runTestCase(this.engine, this.files, this.context, testCase, signal);
      this.approximate ||= judged.approximate;
      this.record(judged.run);
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
    } finally {
      this.inFlight.delete(testCase.ordinal);
    }
  }

  private record(run: NewRun): void {
    if (!this.lazy.counts(run.ordinal)) return;
    this.lazy.record(run);
    this.runs.push(run);
    this.writer.add(run);
    for (const [ordinal, cancel] of this.inFlight) if (!this.lazy.counts(ordinal)) cancel.abort();
  }

  private testCase(ordinal: number): TestCaseRow {
    const testCase = this.judgement.testCases[ordinal - 1];
    if (testCase?.ordinal !== ordinal) throw new Error(`The revision has no test case ${ordinal}.`);
    return testCase;
  }
}

function conclusion(verdict: Verdict, runs: readonly StoredRun[]): Conclusion {
  return {
    verdict,
    score: verdict === 'AC' ? FULL_SCORE : 0,
    cpuTimeUs: maximum(runs.map((run) => run.cpuTimeUs)),
    memoryPeakBytes: maximum(runs.map((run) => run.memoryPeakBytes)),
    compileOutput: null,
    approximate: false,
    faultReason: null,
    lastOrdinal: 0,
  };
}

const maximum = (figures: readonly number[]) => (figures.length === 0 ? null : Math.max(...figures));
