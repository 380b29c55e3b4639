import { createHash } from 'node:crypto';
import type { Engine, EngineStatus, ExecutionLimits, Input, Program } from './engine.js';
import { RunnerFault } from './errors.js';
import { parseJson, RunnerHttp } from './http.js';
import { LifeSigns } from './life-signs.js';
import type { BuildOutcome, RunOutcome } from './outcome.js';
import {
  type Capabilities,
  SUPERSET_PROTOCOL,
  type SupersetAnswer,
  type SupersetBuild,
  type SupersetCreate,
  type SupersetOutput,
  type SupersetRun,
} from './superset.js';

/** A build and a run wait for a slot behind others. For a run that a living server has lost; LifeSigns see one that hangs. */
const RUN_DEADLINE_MS = 10 * 60_000;
const LIFE_SIGN_EVERY_MS = 5_000;
/** For questions that need no slot. */
const STATUS_CONNECTIONS = 2;
/** An upload that vanishes again this often means a cache smaller than one input: a fault of ours. */
const MAX_UPLOADS = 5;

/** Our own runner, through the superset of the paiza API. */
export class SupersetEngine implements Engine {
  private readonly http: RunnerHttp;
  /** Apart: runs that wait may hold all connections. */
  private readonly statusHttp: RunnerHttp;
  private readonly lifeSigns: LifeSigns;
  private readonly headers: Record<string, string>;

  constructor(baseUrl: string, secret: string) {
    this.http = new RunnerHttp(baseUrl);
    this.statusHttp = new RunnerHttp(baseUrl, STATUS_CONNECTIONS);
    this.lifeSigns = new LifeSigns(() => this.capabilities(), LIFE_SIGN_EVERY_MS);
    this.headers = { authorization: `Bearer ${secret}` };
  }

  async status(): Promise<EngineStatus> {
    const capabilities = await this.capabilities();
    const { probe, sandbox } = capabilities;
    return {
      toolchainIdentity: capabilities.toolchain_identity,
      slots: capabilities.slots,
      tier: `${sandbox.tier}, cgroup ${sandbox.cgroup}`,
      languages: capabilities.languages,
      probe: probe && {
        program: { language: probe.language, source: Buffer.from(probe.source_base64, 'base64') },
        input: Buffer.from(probe.input_base64, 'base64'),
        output: Buffer.from(probe.output_base64, 'base64'),
      },
    };
  }

  async build(program: Program, signal: AbortSignal): Promise<BuildOutcome> {
    const answer = await this.create({ ...wireProgram(program), build_only: true }, signal);
    return buildOutcome(present(answer.build, 'build'));
  }

  async run(program: Program, input: Input, limits: ExecutionLimits, signal: AbortSignal): Promise<RunOutcome> {
    const request: SupersetCreate = {
      ...wireProgram(program),
      input_digest: input.digest,
      limits: {
        cpu_time_us: limits.hardCpuUs,
        wall_time_us: limits.wallUs,
        memory_bytes: limits.memoryBytes,
        stdout_bytes: limits.stdoutBytes,
      },
    };
    for (let uploads = 0; uploads <= MAX_UPLOADS; uploads++) {
      const answer = await this.create(request, signal);
      if (answer.missing === undefined) return this.runOutcome(answer, limits, signal);
      await this.upload(input, signal);
    }
    throw new RunnerFault('BLOB_VANISHES', `the runner does not keep ${input.digest}`);
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.statusHttp.close()]);
  }

  private async capabilities(): Promise<Capabilities> {
    const request = { method: 'GET', path: '/runners/capabilities.json', headers: this.headers } as const;
    return parseJson<Capabilities>(await this.statusHttp.send(request), 'capabilities');
  }

  private async create(request: SupersetCreate, signal: AbortSignal): Promise<SupersetAnswer> {
    const send = (signal: AbortSignal) =>
      this.http.send({
        method: 'POST',
        path: '/runners/create.json',
        headers: { ...this.headers, 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal,
        answerTimeoutMs: RUN_DEADLINE_MS,
      });
    const reply = await this.lifeSigns.during(signal, send);
    const answer = parseJson<SupersetAnswer & { error?: string }>(reply, 'create');
    if (answer.fault) throw new RunnerFault(answer.fault.code, answer.fault.message);
    if (reply.status !== 200) throw new RunnerFault('CREATE_REFUSED', answer.error ?? `HTTP ${reply.status}`);
    return answer;
  }

  private async upload(input: Input, signal: AbortSignal): Promise<void> {
    const content = new RememberedError(input.content());
    try {
      const send = (signal: AbortSignal) =>
        this.http.send({
          method: 'PUT',
          path: `/runners/blobs/${input.digest}`,
          headers: { ...this.headers, 'content-type': 'application/octet-stream' },
          body: content,
          signal,
          answerTimeoutMs: RUN_DEADLINE_MS,
        });
      const reply = await this.lifeSigns.during(signal, send);
      if (reply.status >= 500) parseJson(reply, 'blob upload');
      if (reply.status >= 300) throw new RunnerFault('BLOB_REFUSED', reply.body.toString('utf8').slice(0, 200));
    } catch (error) {
      // Input that cannot be read is not the runner's outage.
      throw content.error ?? error;
    }
  }

  private async runOutcome(answer: SupersetAnswer, limits: ExecutionLimits, signal: AbortSignal): Promise<RunOutcome> {
    const run = present<SupersetRun>(answer.run, 'run');
    const id = present(answer.id, 'id');
    return {
      status: run.status,
      exitCode: run.exit_code,
      signal: run.signal,
      cpuTimeUs: run.cpu_time_us,
      wallTimeUs: run.wall_time_us,
      memoryPeakBytes: run.memory_peak_bytes,
      memoryLimitBytes: run.memory_limit_bytes,
      heapExhausted: run.heap_exhausted,
      approximate: run.approximate,
      stdout: await this.output(id, 'stdout', run.stdout, limits.stdoutBytes, signal),
      stderr: await this.output(id, 'stderr', run.stderr, limits.stdoutBytes, signal),
    };
  }

  /** Inline or fetched; either way it must be what the sandbox captured. */
  private async output(
    id: string,
    stream: 'stdout' | 'stderr',
    output: SupersetOutput,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const bytes =
      output.base64 === null
        ? await this.fetchOutput(`/runners/outputs/${id}/${stream}`, Math.max(maxBytes, output.length), signal)
        : Buffer.from(output.base64, 'base64');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (bytes.length !== output.length || sha256 !== output.sha256) {
      throw new RunnerFault('OUTPUT_DAMAGED', `${stream} of ${id} came with ${bytes.length} of ${output.length} bytes`);
    }
    return bytes;
  }

  private async fetchOutput(path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.http.send({ method: 'GET', path, headers: this.headers, signal }, maxBytes);
    if (answer.status !== 200) throw new RunnerFault('OUTPUT_GONE', `${path}: HTTP ${answer.status}`);
    return answer.body;
  }
}

const wireProgram = (program: Program) => ({
  language: program.language,
  source_base64: Buffer.from(program.source).toString('base64'),
});

const buildOutcome = (build: SupersetBuild): BuildOutcome => ({
  succeeded: build.succeeded,
  output: Buffer.from(build.output_base64, 'base64'),
});

function present<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new RunnerFault('ANSWER_INCOMPLETE', `no ${field} in the answer`);
  return value;
}

/** Whether a server announces our superset. Throws RunnerUnavailable while it does not answer. */
export async function announcesSuperset(baseUrl: string): Promise<boolean> {
  const http = new RunnerHttp(baseUrl);
  try {
    const answer = await http.send({ method: 'GET', path: '/runners/capabilities.json' });
    if (answer.status >= 400 && answer.status < 500) return false;
    return parseJson<Partial<Capabilities>>(answer, 'capabilities').protocol === SUPERSET_PROTOCOL;
  } catch (error) {
    if (error instanceof RunnerFault) return false;
    throw error;
  } finally {
    await http.close();
  }
}

/** Passes chunks on and keeps what the source threw, which the HTTP client would take for trouble on the line. */
class RememberedError implements AsyncIterable<Uint8Array> {
  error: unknown = null;

  constructor(private readonly chunks: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.chunks;
    } catch (error) {
      this.error = error;
      throw error;
    }
  }
}
