import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Engine,
  EngineStatus,
  ExecutionLimits,
  Input,
  PairOutcome,
  Probe,
  Program,
  ProgramExtras,
  Restrictions,
} from './engine.js';
import { RunnerFault, RunnerUnavailable } from './errors.js';
import { parseJson, RunnerHttp } from './http.js';
import { languageIds, languageNames } from './languages.js';
import type { BuildOutcome, RunOutcome, RunStatus } from './outcome.js';
import type { WireCreated, WireDetails } from './wire.js';

const LONGPOLL_S = 10;
const STATUS_INTERVAL_MS = 500;
/** Queue, build and run together on a server that is not ours. */
const RUN_DEADLINE_MS = 5 * 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** A public server: few runs at a time. */
const SLOTS = 2;

/** In the words of our runner and, as far as they are known, of others. */
const NO_ROOM = /queue is full|too many|try again|busy/i;
const NO_ROOM_PAUSE_MS = 1_000;

const MIB = 1024 * 1024;
/**
 * What such a server can be trusted with. It says nothing of its limits; these are what ours gives its guests. A problem over
 * them would get verdicts that are the server's doing: a stopped program that is right, an output that is cut.
 */
const RESTRICTIONS: Restrictions = {
  textOnly: true,
  inputBytes: MIB,
  outputBytes: MIB,
  timeLimitMs: 10_000,
  memoryLimitBytes: 256 * MIB,
};

/** Of a program with the highest time limit: see runLimits in libs/judging. */
const HARD_CPU_US = 1.1 * RESTRICTIONS.timeLimitMs * 1000;

/** The figure holds what the language's runtime needs, which only the server knows: less than this over is not held against a program that ended well. */
const RUNTIME_BYTES = 64 * MIB;
/** A program that was killed or failed as near as this to its limit ran out of memory. */
const MEMORY_FULL_FROM = 0.9;

/**
 * Any server with the plain paiza `runners` API, such as api.paiza.io. It takes no limits and no bytes, so the figures are
 * approximate, the program is rebuilt for every run, and input and output must be UTF-8 text.
 */
export class PlainPaizaEngine implements Engine {
  private readonly http: RunnerHttp;
  private underWay = 0;

  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string,
  ) {
    this.http = new RunnerHttp(baseUrl);
  }

  async status(): Promise<EngineStatus> {
    // It has no call that tells; what it does not know it will say at create.
    const languages = languageIds.map((id) => ({ id, name: languageNames[id], version: '', state: 'ready' as const }));
    return {
      toolchainIdentity: `paiza ${this.baseUrl}`,
      slots: SLOTS,
      busySlots: Math.min(SLOTS, this.underWay),
      tier: 'plain paiza server, figures approximate',
      languages,
      probe: PROBE,
      restrictions: RESTRICTIONS,
    };
  }

  /** There is no way to build alone: the program is run once with empty input and only the build is looked at. */
  async build(program: Program, signal: AbortSignal): Promise<BuildOutcome> {
    const details = await this.execute(program, '', signal);
    return {
      succeeded: built(details),
      output: Buffer.from(`${details.build_stdout ?? ''}${details.build_stderr ?? ''}`),
    };
  }

  async run(
    program: Program,
    input: Input,
    limits: ExecutionLimits,
    signal: AbortSignal,
    { args, files }: ProgramExtras = {},
  ): Promise<RunOutcome> {
    if (args?.length || files?.length) throw notThere('arguments and files');
    // Submitting is refused before; this is for what was submitted before the server was changed.
    if (limits.memoryBytes > RESTRICTIONS.memoryLimitBytes || limits.hardCpuUs > HARD_CPU_US) {
      throw notThere('such high limits');
    }
    const details = await this.execute(program, await inputText(input), signal);
    if (!built(details))
      throw new RunnerFault('BUILD_DIFFERS', 'the server built this program before and now refuses it');
    return runOutcome(details, limits);
  }

  async runPair(): Promise<PairOutcome> {
    throw notThere('pairs of programs');
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async execute(program: Program, input: string, signal: AbortSignal): Promise<WireDetails> {
    this.underWay++;
    try {
      return await this.detailsOf(program, input, signal);
    } finally {
      this.underWay--;
    }
  }

  private async detailsOf(program: Program, input: string, signal: AbortSignal): Promise<WireDetails> {
    const created = await this.created(program, input, signal);
    const { id } = created;
    if (created.status !== 'completed') await this.completed(id, signal);
    return this.call<WireDetails>('GET', '/runners/get_details.json', signal, { id });
  }

  /** Asks again while the server has no room. */
  private async created(program: Program, input: string, signal: AbortSignal): Promise<WireCreated & { id: string }> {
    const deadline = Date.now() + RUN_DEADLINE_MS;
    for (;;) {
      const created = await this.call<WireCreated>('POST', '/runners/create.json', signal, {
        source_code: text(program.source, 'source'),
        language: program.language,
        input,
        longpoll: 'true',
        longpoll_timeout: String(LONGPOLL_S),
      });
      const { id, error = 'no id in the answer' } = created;
      // A long poll that ran out says so in `error` and still gives the id.
      if (id) return { ...created, id };
      if (!NO_ROOM.test(error)) throw new RunnerFault('CREATE_REFUSED', error);
      if (Date.now() > deadline) throw new RunnerUnavailable(error);
      await sleep(NO_ROOM_PAUSE_MS, undefined, { signal });
    }
  }

  private async completed(id: string, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + RUN_DEADLINE_MS;
    while (Date.now() < deadline) {
      await sleep(STATUS_INTERVAL_MS, undefined, { signal });
      const status = await this.call<WireCreated>('GET', '/runners/get_status.json', signal, { id });
      if (status.status === 'completed') return;
      if (status.error) throw new RunnerFault('RUN_LOST', status.error);
    }
    throw new RunnerUnavailable(`run ${id} did not complete within ${RUN_DEADLINE_MS} ms`);
  }

  private async call<T extends object>(
    method: 'GET' | 'POST',
    path: string,
    signal: AbortSignal,
    parameters: Record<string, string>,
  ): Promise<T> {
    const all = { api_key: this.apiKey, ...parameters };
    const request =
      method === 'GET'
        ? { query: all }
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(all) };
    const answerTimeoutMs = (LONGPOLL_S + 20) * 1000;
    return parseJson<T>(
      await this.http.send({ method, path, signal, answerTimeoutMs, ...request }, MAX_ANSWER_BYTES),
      path,
    );
  }
}

/** Interpreted languages have no build result. */
const built = (details: WireDetails) => details.build_result === null || details.build_result === 'success';

/** The server tells no cause, so the first that fits its figures counts. Throws RunnerFault when they are not there. */
export function runOutcome(details: WireDetails, limits: ExecutionLimits): RunOutcome {
  const cpuTimeUs = Math.round(number(details.time, 'time') * 1_000_000);
  const memoryPeakBytes = number(details.memory, 'memory');
  const stdout = Buffer.from(details.stdout ?? '');
  return {
    status: plainStatus(details, { cpuTimeUs, memoryPeakBytes, stdoutBytes: stdout.length }, limits),
    exitCode: details.exit_code,
    signal: null,
    cpuTimeUs,
    wallTimeUs: cpuTimeUs,
    memoryPeakBytes,
    memoryLimitBytes: limits.memoryBytes,
    heapExhausted: false,
    approximate: true,
    stdout,
    stderr: Buffer.from(details.stderr ?? ''),
  };
}

function plainStatus(
  details: WireDetails,
  used: { cpuTimeUs: number; memoryPeakBytes: number; stdoutBytes: number },
  limits: ExecutionLimits,
): RunStatus {
  if (details.result === null || details.result === 'error') {
    throw new RunnerFault('RUN_FAILED', details.error ?? `the server reports result ${details.result}`);
  }
  if (memoryExceeded(details, used.memoryPeakBytes, limits.memoryBytes)) return 'memoryExceeded';
  if (details.result === 'timeout' || used.cpuTimeUs > limits.hardCpuUs) return 'cpuTimeExceeded';
  // The server cuts it there; no answer is as long.
  if (used.stdoutBytes >= Math.min(limits.stdoutBytes + 1, RESTRICTIONS.outputBytes)) return 'stdoutExceeded';
  return 'exited';
}

const memoryExceeded = ({ result }: WireDetails, peakBytes: number, limitBytes: number) =>
  peakBytes > limitBytes + RUNTIME_BYTES || (result === 'failure' && peakBytes >= MEMORY_FULL_FROM * limitBytes);

const notThere = (what: string) => new RunnerFault('NOT_SUPPORTED', `a plain paiza server has no ${what}`);

/** Numbers come as 0.05 or "0.05". */
function number(value: number | string | null, field: string): number {
  const parsed = value === null || value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(parsed) || parsed < 0)
    throw new RunnerFault('FIGURE_MISSING', `${field} is ${JSON.stringify(value)}`);
  return parsed;
}

function text(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RunnerFault('NOT_TEXT', `a plain paiza server takes UTF-8 only, and the ${what} is not`);
  }
}

async function inputText(input: Input): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input.content()) {
    length += chunk.length;
    if (length > RESTRICTIONS.inputBytes) {
      throw new RunnerFault('INPUT_TOO_LONG', 'a plain paiza server takes 1 MiB of input');
    }
    chunks.push(chunk);
  }
  return text(Buffer.concat(chunks), 'input');
}

const PROBE: Probe = {
  program: { language: 'python3', source: Buffer.from('print(sum(map(int, input().split())))\n') },
  input: Buffer.from('2 3\n'),
  output: Buffer.from('5\n'),
};
