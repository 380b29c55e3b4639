import { writeFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MAX_STDERR_BYTES } from '#libs/paiza/superset.js';
import type { WireCreated, WireDetails, WireResult } from '#libs/paiza/wire.js';
import { runLimits } from '#libs/judging/limits.js';
import type { Language } from '../toolchain/language.js';
import { MIB } from '../toolchain/units.js';
import type { Build } from '../build/build-cache.js';
import type { Asker, Executor, RunLimits, RunWithLimit } from './executor.js';
import { type GuestSession, GuestSessions } from './guest-sessions.js';
import type { LanguageStates } from './language-states.js';
import { takeBytes } from './outputs.js';
import { flagOf, parametersOf, secondsOf, textOf } from './parameters.js';
import type { RateLimiter } from './rate-limiter.js';
import { refuse, type SupersetRoutes } from './superset-routes.js';

const API_KEY = 'guest';
const MAX_SOURCE_BYTES = 256 * 1024;
const MAX_INPUT_BYTES = MIB;
/** Runs of guests that are waiting, building or running; more are told to come back. */
const MAX_OPEN = 21;
const LONGPOLL_S = 10;
const MAX_LONGPOLL_S = 60;
/** One of them makes a create one of the superset. */
const SUPERSET_FIELDS = 'source_base64 build_only input_digest limits args files pair exclusive urgent'.split(' ');

/** The paiza API exactly, errors included: HTTP 200 with `error`. */
export class PaizaRoutes {
  private readonly sessions = new GuestSessions();
  private readonly limits: RunLimits;

  constructor(
    private readonly executor: Executor,
    private readonly languages: LanguageStates,
    private readonly scratchFolder: string,
    private readonly superset: SupersetRoutes,
    private readonly isTrusted: (request: FastifyRequest) => boolean,
    private readonly rate: RateLimiter,
    timeLimitMs: number,
  ) {
    this.limits = guestLimits(timeLimitMs);
  }

  register(app: FastifyInstance): void {
    const method = ['GET', 'POST'];
    for (const suffix of ['', '.json']) {
      app.route({ method, url: `/runners/create${suffix}`, handler: (request, reply) => this.create(request, reply) });
      app.route({ method, url: `/runners/get_status${suffix}`, handler: (request) => this.getStatus(request) });
      app.route({
        method,
        url: `/runners/get_details${suffix}`,
        handler: (request) => this.getDetails(request, suffix !== ''),
      });
    }
  }

  private async create(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const parameters = parametersOf(request);
    if (SUPERSET_FIELDS.some((field) => Object.hasOwn(parameters, field))) {
      return this.isTrusted(request) ? this.superset.create(request, reply, parameters) : refuse(reply);
    }
    const waitS = this.rate.take(request.ip);
    if (waitS > 0) {
      void reply.header('retry-after', waitS);
      return { error: `Too many requests. Try again in ${waitS} s.` };
    }
    const started = this.start(parameters);
    if ('error' in started) return started;
    const created = (error?: string): WireCreated => ({
      id: started.id,
      status: started.details.status,
      ...(error ? { error } : {}),
    });
    if (!flagOf(parameters['longpoll'])) return created();
    const timeoutS = secondsOf(parameters['longpoll_timeout'], LONGPOLL_S, MAX_LONGPOLL_S);
    const inTime = await Promise.race([
      started.completed.then(() => true),
      sleep(timeoutS * 1000, false, { ref: false }),
    ]);
    return inTime ? created() : created('longpoll timeout');
  }

  private start(parameters: Record<string, unknown>): GuestSession | { error: string } {
    const [key, source, id] = ['api_key', 'source_code', 'language'].map((name) => textOf(parameters[name]));
    const input = textOf(parameters['input']) ?? '';
    if (key !== API_KEY) return { error: 'Invalid api_key: use guest.' };
    if (source === null || source === undefined) return { error: 'source_code is missing.' };
    if (!id) return { error: 'language is missing.' };
    if (Buffer.byteLength(source) > MAX_SOURCE_BYTES)
      return { error: `Too long source_code: at most ${MAX_SOURCE_BYTES} bytes.` };
    if (Buffer.byteLength(input) > MAX_INPUT_BYTES)
      return { error: `Too long input: at most ${MAX_INPUT_BYTES} bytes.` };
    const language = this.languages.ready(id);
    if (language === null) return { error: `Unknown language: ${id.slice(0, 40)}.` };
    if (this.sessions.openCount >= MAX_OPEN) return { error: 'The queue is full. Try again in a few seconds.' };
    return this.sessions.start(id, (runId) => this.execute(runId, language, source, input));
  }

  private async execute(id: string, language: Language, source: string, input: string): Promise<Partial<WireDetails>> {
    const bytes = Buffer.from(source);
    const stdinPath = path.join(this.scratchFolder, `${id}.in`);
    // Readable for the slot's user: programs open /dev/stdin. The folder lets nobody in.
    await writeFile(stdinPath, input, { mode: 0o444 });
    try {
      const asker: Asker = { user: 'guest', signal: new AbortController().signal };
      return await this.executor.withBuild(language, bytes, asker, async (build) => {
        const built = language.build === null ? INTERPRETED : compiled(build);
        if (!build.succeeded) return built;
        const run = await this.executor.run({ language, build, limits: this.limits }, stdinPath, asker);
        return { ...built, ...ran(run, await takeBytes(run.stdout)) };
      });
    } finally {
      await rm(stdinPath, { force: true });
    }
  }

  private find(request: FastifyRequest): GuestSession | { error: string } {
    const parameters = parametersOf(request);
    if (textOf(parameters['api_key']) !== API_KEY) return { error: 'Invalid api_key: use guest.' };
    const id = textOf(parameters['id']);
    if (!id) return { error: 'id is missing.' };
    return this.sessions.find(id) ?? { error: 'Unknown id: runs are kept for ten minutes.' };
  }

  private getStatus(request: FastifyRequest): WireCreated {
    const session = this.find(request);
    return 'error' in session ? session : { id: session.id, status: session.details.status };
  }

  /** With `.json` numbers as in the reference, without it strings as the live service sends them. */
  private getDetails(request: FastifyRequest, numbers: boolean): unknown {
    const session = this.find(request);
    if ('error' in session || numbers) return 'error' in session ? session : session.details;
    const { time, build_time: buildTime } = session.details;
    return { ...session.details, time: asText(time), build_time: asText(buildTime) };
  }
}

function guestLimits(timeLimitMs: number): RunLimits {
  const limits = runLimits({ timeLimitMs, memoryLimitBytes: 256 * MIB, outputLimitBytes: MIB });
  return {
    cpuTimeUs: limits.hardCpuUs,
    wallTimeUs: limits.wallUs,
    memoryBytes: limits.memoryBytes,
    stdoutBytes: limits.stdoutBytes,
    stderrBytes: MAX_STDERR_BYTES,
  };
}

const asText = (seconds: number | string | null) => (seconds === null ? null : Number(seconds).toFixed(2));

const INTERPRETED: Partial<WireDetails> = { build_exit_code: 0 };

const compiled = (build: Build): Partial<WireDetails> => ({
  build_stdout: '',
  build_stderr: build.output.toString(),
  build_exit_code: build.succeeded ? 0 : 1,
  build_time: (build.used?.cpuTimeUs ?? 0) / 1_000_000,
  build_memory: build.used?.memoryPeakBytes ?? null,
  build_result: build.succeeded ? 'success' : 'failure',
});

function ran(run: RunWithLimit, stdout: Buffer): Partial<WireDetails> {
  return {
    stdout: stdout.toString(),
    stderr: run.stderr.inline.toString(),
    exit_code: run.exitCode ?? (run.signal === null ? 137 : 128 + run.signal),
    time: run.cpuTimeUs / 1_000_000,
    memory: run.memoryPeakBytes,
    result: resultOf(run),
  };
}

function resultOf(run: RunWithLimit): WireResult {
  if (run.status === 'cpuTimeExceeded' || run.status === 'wallTimeExceeded') return 'timeout';
  return run.status === 'exited' && run.exitCode === 0 ? 'success' : 'failure';
}
