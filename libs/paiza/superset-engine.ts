import type {
  Engine,
  EngineStatus,
  ExecutionLimits,
  Input,
  PairedProgram,
  PairOutcome,
  Program,
  ProgramExtras,
  RunWay,
} from './engine.js';
import { RunnerFault } from './errors.js';
import { parseJson, RunnerHttp } from './http.js';
import type { BuildOutcome, RunOutcome } from './outcome.js';
import { SupersetClient } from './superset-client.js';
import {
  type Capabilities,
  SUPERSET_PROTOCOL,
  type SupersetBuild,
  type SupersetLimits,
  type SupersetProgram,
  type SupersetRun,
} from './superset.js';

/** Our own runner, through the superset of the paiza API. */
export class SupersetEngine implements Engine {
  private readonly client: SupersetClient;

  constructor(baseUrl: string, secret: string) {
    this.client = new SupersetClient(baseUrl, secret);
  }

  async status(): Promise<EngineStatus> {
    const capabilities = await this.client.capabilities();
    const { probe, sandbox } = capabilities;
    return {
      toolchainIdentity: capabilities.toolchain_identity,
      slots: capabilities.slots,
      busySlots: capabilities.busy_slots,
      tier: `${sandbox.tier}, cgroup ${sandbox.cgroup}`,
      languages: capabilities.languages,
      probe: probe && {
        program: { language: probe.language, source: Buffer.from(probe.source_base64, 'base64') },
        input: Buffer.from(probe.input_base64, 'base64'),
        output: Buffer.from(probe.output_base64, 'base64'),
      },
      restrictions: null,
    };
  }

  async build(program: Program, signal: AbortSignal, way: RunWay = {}): Promise<BuildOutcome> {
    const answer = await this.client.create({ ...wireProgram(program), ...way, build_only: true }, [], signal);
    return buildOutcome(present(answer.build, 'build'));
  }

  async run(
    program: Program,
    input: Input,
    limits: ExecutionLimits,
    signal: AbortSignal,
    { args, files, ...way }: RunWay & ProgramExtras = {},
  ): Promise<RunOutcome> {
    const extras = { ...(args ? { args } : {}), ...(files ? { files } : {}) };
    const create = { ...wireProgram(program, limits, extras), ...way, input_digest: input.digest };
    const answer = await this.client.create(create, [input, ...contentsOf(extras)], signal);
    const run = present<SupersetRun>(answer.run, 'run');
    return this.outcome(present(answer.id, 'id'), run, limits, signal);
  }

  async runPair(
    pair: readonly [PairedProgram, PairedProgram],
    signal: AbortSignal,
    way: RunWay = {},
  ): Promise<PairOutcome> {
    const [one, other] = pair;
    const wire = ({ program, limits, ...extras }: PairedProgram) => wireProgram(program, limits, extras);
    const create = { ...wire(one), ...way, pair: wire(other) };
    const answer = await this.client.create(create, pair.flatMap(contentsOf), signal);
    const id = present(answer.id, 'id');
    const runs = [present<SupersetRun>(answer.run, 'run'), present<SupersetRun>(answer.pair_run, 'pair_run')] as const;
    return {
      outcomes: [
        await this.outcome(id, runs[0], one.limits, signal),
        await this.outcome(id, runs[1], other.limits, signal),
      ],
      firstEnded: present(answer.first_ended, 'first_ended') === 'run' ? 0 : 1,
    };
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private async outcome(
    id: string,
    run: SupersetRun,
    limits: ExecutionLimits,
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    const { stdoutBytes } = limits;
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
      stdout: await this.client.output(id, 'stdout', run.stdout, stdoutBytes, signal),
      stderr: await this.client.output(id, 'stderr', run.stderr, stdoutBytes, signal),
    };
  }
}

const contentsOf = ({ files = [] }: ProgramExtras): Input[] => files.map((file) => file.content);

const wireLimits = (limits: ExecutionLimits): SupersetLimits => ({
  cpu_time_us: limits.hardCpuUs,
  wall_time_us: limits.wallUs,
  memory_bytes: limits.memoryBytes,
  stdout_bytes: limits.stdoutBytes,
});

const wireProgram = (
  program: Program,
  limits?: ExecutionLimits,
  { args, files }: ProgramExtras = {},
): SupersetProgram => ({
  language: program.language,
  source_base64: Buffer.from(program.source).toString('base64'),
  ...(args ? { args: [...args] } : {}),
  ...(files ? { files: files.map(({ name, content }) => ({ name, digest: content.digest })) } : {}),
  ...(limits ? { limits: wireLimits(limits) } : {}),
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
