import {
  MAX_STDERR_BYTES,
  type SupersetAnswer,
  type SupersetBuild,
  type SupersetCreate,
  type SupersetProgram,
  type SupersetRun,
} from '#libs/paiza/superset.js';
import type { CachedBuild } from '../build/builder.js';
import type { Language } from '../toolchain/language.js';
import type { Blobs } from './blobs.js';
import type { OpenCreate } from './creates.js';
import type { Asker, BuiltProgram, Executor, RunWithLimit } from './executor.js';
import type { LanguageStates } from './language-states.js';
import type { Outputs } from './outputs.js';
import { digestsOf } from './parse-superset.js';

/** A program whose language is ready here. */
interface Asked {
  readonly language: Language;
  readonly source: Buffer;
  readonly program: SupersetProgram;
}

/** What a create of the superset asks for: its blobs are held, its programs built, then run alone or as a pair. */
export class SupersetJudging {
  constructor(
    private readonly executor: Executor,
    private readonly blobs: Blobs,
    private readonly outputs: Outputs,
    private readonly languages: LanguageStates,
  ) {}

  /** Throws what the Executor throws, LanguageInTest, and the reason of the create's signal. */
  async answer(create: SupersetCreate, { id, signal }: OpenCreate): Promise<SupersetAnswer> {
    const program = this.asked(create);
    const pair = create.pair && this.asked(create.pair);
    if (program === null) return { fault: { code: 'LANGUAGE_NOT_READY', message: create.language } };
    if (pair === null) return { fault: { code: 'LANGUAGE_NOT_READY', message: create.pair?.language ?? '' } };
    const held = await this.blobs.pinAll(digestsOf(create));
    if ('missing' in held) return held;
    const asker: Asker = {
      user: 'judging',
      exclusive: create.exclusive ?? false,
      urgent: create.urgent ?? false,
      signal,
    };
    try {
      const answer = await (pair ? this.pair(id, program, pair, asker) : this.single(id, program, create, asker));
      signal.throwIfAborted();
      return answer;
    } catch (error) {
      this.outputs.discard(id);
      throw error;
    } finally {
      held.release();
    }
  }

  private single(id: string, asked: Asked, create: SupersetCreate, asker: Asker): Promise<SupersetAnswer> {
    return this.executor.withBuild(asked.language, asked.source, asker, async (build) => {
      const answer = { id, build: wireBuild(build) };
      const program = this.built(asked, build);
      if (program === null) return answer;
      const digest = create.input_digest;
      const run = await this.executor.run(program, digest === undefined ? null : this.blobs.path(digest), asker);
      return { ...answer, run: await this.wireRun(id, run) };
    });
  }

  private pair(id: string, first: Asked, second: Asked, asker: Asker): Promise<SupersetAnswer> {
    return this.executor.withBuild(first.language, first.source, asker, (firstBuild) =>
      this.executor.withBuild(second.language, second.source, asker, async (secondBuild) => {
        const answer = { id, build: wireBuild(firstBuild), pair_build: wireBuild(secondBuild) };
        const [one, other] = [this.built(first, firstBuild), this.built(second, secondBuild)];
        if (one === null || other === null) return answer;
        const { runs, firstEnded } = await this.executor.runPair([one, other], asker);
        // Their outputs are not captured, and error output is short: nothing of them is left to be fetched.
        const [run, pairRun] = [await this.wireRun(id, runs[0]), await this.wireRun(id, runs[1])];
        return { ...answer, run, pair_run: pairRun, first_ended: firstEnded === 0 ? 'run' : 'pair' };
      }),
    );
  }

  /** Null when its language is not ready. */
  private asked(program: SupersetProgram): Asked | null {
    const language = this.languages.tested(program.language);
    return language && { language, source: Buffer.from(program.source_base64, 'base64'), program };
  }

  /** Null when there is nothing to run. */
  private built({ language, program }: Asked, build: CachedBuild): BuiltProgram | null {
    const { args = [], files = [], limits } = program;
    if (!limits || !build.succeeded) return null;
    return {
      language,
      build,
      args,
      files: files.map(({ name, digest }) => ({ name, path: this.blobs.path(digest) })),
      limits: {
        cpuTimeUs: limits.cpu_time_us,
        wallTimeUs: limits.wall_time_us,
        memoryBytes: limits.memory_bytes,
        stdoutBytes: limits.stdout_bytes,
        stderrBytes: MAX_STDERR_BYTES,
      },
    };
  }

  private async wireRun(id: string, run: RunWithLimit): Promise<SupersetRun> {
    return {
      status: run.status,
      exit_code: run.exitCode,
      signal: run.signal,
      cpu_time_us: run.cpuTimeUs,
      wall_time_us: run.wallTimeUs,
      memory_peak_bytes: run.memoryPeakBytes,
      memory_limit_bytes: run.memoryLimitBytes,
      heap_exhausted: run.heapExhausted,
      approximate: this.languages.approximate,
      stdout: await this.outputs.offer(id, 'stdout', run.stdout),
      stderr: await this.outputs.offer(id, 'stderr', run.stderr),
    };
  }
}

const wireBuild = (build: CachedBuild): SupersetBuild => ({
  succeeded: build.succeeded,
  cached: build.cached,
  output_base64: build.output.toString('base64'),
});
