import { type Dispatcher, Pool } from 'undici';
import { RunnerFault, RunnerUnavailable } from './errors.js';

/** Time for a connection and for answers that need no run. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Answers are details of one run; longer ones are not ours. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;
const MOST_CONNECTIONS = 64;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** How long the server may take to begin its answer. */
  readonly answerTimeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** One server, over kept connections. Trouble on the way there is RunnerUnavailable. */
export class RunnerHttp {
  private readonly pool: Pool;
  private readonly prefix: string;

  /** `connections`: the most at a time; null for one for each request under way. */
  constructor(baseUrl: string, connections: number | null = MOST_CONNECTIONS) {
    const url = new URL(baseUrl);
    this.prefix = url.pathname.replace(/\/+$/, '');
    this.pool = new Pool(url.origin, { connections, connect: { timeout: ANSWER_TIMEOUT_MS } });
  }

  async send(request: HttpRequest, maxBytes = MAX_JSON_BYTES): Promise<HttpAnswer> {
    try {
      const answer = await this.pool.request(this.options(request));
      return { status: answer.statusCode, body: await readBounded(answer, maxBytes) };
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      if (error instanceof RunnerFault) throw error;
      throw new RunnerUnavailable(`${request.method} ${request.path}: ${messageOf(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private options(request: HttpRequest): Dispatcher.RequestOptions {
    const options: Dispatcher.RequestOptions = {
      method: request.method,
      path: this.prefix + request.path,
      headersTimeout: request.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    };
    if (request.query) options.query = request.query;
    if (request.headers) options.headers = request.headers;
    if (request.body !== undefined) options.body = request.body as string;
    if (request.signal) options.signal = request.signal;
    return options;
  }
}

async function readBounded(answer: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new RunnerFault('ANSWER_TOO_LONG', `over ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The body as JSON. Throws RunnerUnavailable on 5xx and RunnerFault on anything else that is no JSON object. */
// The shape is the caller's claim: each field is checked where it is used.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function parseJson<T extends object>(answer: HttpAnswer, what: string): T {
  const text = answer.body.toString('utf8');
  if (answer.status >= 500) throw new RunnerUnavailable(`${what}: HTTP ${answer.status} ${text.slice(0, 200)}`);
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as T;
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new RunnerFault('ANSWER_NOT_JSON', `${what}: HTTP ${answer.status}: ${text.slice(0, 200)}`);
}
