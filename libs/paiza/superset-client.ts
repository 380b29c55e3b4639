import { createHash, randomBytes } from 'node:crypto';
import type { Input } from './engine.js';
import { RunnerFault } from './errors.js';
import { parseJson, RunnerHttp } from './http.js';
import { LifeSigns } from './life-signs.js';
import type { Capabilities, SupersetAnswer, SupersetCreate, SupersetOutput, SupersetRuns } from './superset.js';
import { Uploads } from './uploads.js';

/** The last net, for a create that never reached the server: LifeSigns see one that hangs or is lost far earlier. */
const ANSWER_DEADLINE_MS = 60 * 60_000;
const LIFE_SIGN_EVERY_MS = 5_000;
/** For questions that need no slot. */
const STATUS_CONNECTIONS = 2;
/** An upload that vanishes again this often means a cache that keeps nothing: a fault of ours. */
const MAX_UPLOADS = 5;

/** The calls of our superset, see docs/runner-protocol.md. All throw RunnerUnavailable or RunnerFault. */
export class SupersetClient {
  /** As many connections as there are creates: one that waited for a connection would look lost. */
  private readonly http: RunnerHttp;
  /** Apart, for questions and cancels. */
  private readonly statusHttp: RunnerHttp;
  private readonly lifeSigns: LifeSigns;
  private readonly uploads = new Uploads((input, signal) => this.upload(input, signal));
  private readonly headers: Record<string, string>;

  constructor(baseUrl: string, secret: string, lifeSignEveryMs = LIFE_SIGN_EVERY_MS) {
    this.http = new RunnerHttp(baseUrl, null);
    this.statusHttp = new RunnerHttp(baseUrl, STATUS_CONNECTIONS);
    this.lifeSigns = new LifeSigns(() => this.runs(), lifeSignEveryMs);
    this.headers = { authorization: `Bearer ${secret}` };
  }

  async capabilities(): Promise<Capabilities> {
    const answer = await this.statusHttp.send({ method: 'GET', path: '/runners/capabilities.json' });
    return parseJson<Capabilities>(answer, 'capabilities');
  }

  /** `inputs`: all that the create names by digest; those that the runner misses are uploaded first. */
  async create(create: SupersetCreate, inputs: readonly Input[], signal: AbortSignal): Promise<SupersetAnswer> {
    for (let uploads = 0; uploads <= MAX_UPLOADS; uploads++) {
      const answer = await this.createOnce(create, signal);
      const { missing } = answer;
      if (missing === undefined) return answer;
      const wanted = inputs.filter(({ digest }) => missing.includes(digest));
      if (wanted.length === 0) throw new RunnerFault('BLOB_UNKNOWN', `the runner wants ${missing.join(', ')}`);
      await Promise.all(wanted.map((input) => this.uploads.upload(input, signal)));
    }
    throw new RunnerFault('BLOB_VANISHES', `the runner does not keep ${inputs.map((one) => one.digest).join(', ')}`);
  }

  /** Inline or fetched; either way it must be what the sandbox captured. */
  async output(
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

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.statusHttp.close()]);
  }

  private async runs(): Promise<string[]> {
    const answer = await this.statusHttp.send({ method: 'GET', path: '/runners/runs.json', headers: this.headers });
    return parseJson<SupersetRuns>(answer, 'runs').ids;
  }

  /** Under an id of its own, so that it can be asked for and cancelled. */
  private async createOnce(create: SupersetCreate, signal: AbortSignal): Promise<SupersetAnswer> {
    const id = randomBytes(16).toString('base64url');
    const reply = await this.lifeSigns.during(id, signal, async (whileAlive) => {
      // The closed connection says the same; but a proxy may keep its end open.
      const cancel = () => this.cancel(id);
      whileAlive.addEventListener('abort', cancel, { once: true });
      try {
        return await this.http.send({
          method: 'POST',
          path: '/runners/create.json',
          headers: { ...this.headers, 'content-type': 'application/json' },
          body: JSON.stringify({ ...create, id }),
          signal: whileAlive,
          answerTimeoutMs: ANSWER_DEADLINE_MS,
        });
      } finally {
        whileAlive.removeEventListener('abort', cancel);
      }
    });
    const answer = parseJson<SupersetAnswer & { error?: string }>(reply, 'create');
    if (answer.fault) throw new RunnerFault(answer.fault.code, answer.fault.message);
    if (reply.status !== 200) throw new RunnerFault('CREATE_REFUSED', answer.error ?? `HTTP ${reply.status}`);
    return answer;
  }

  private cancel(id: string): void {
    this.statusHttp
      .send({
        method: 'POST',
        path: '/runners/cancel.json',
        headers: { ...this.headers, 'content-type': 'application/json' },
        body: JSON.stringify({ id }),
      })
      // A runner that is gone runs nothing.
      .catch(() => {});
  }

  private async upload(input: Input, signal: AbortSignal): Promise<void> {
    const content = new RememberedError(input.content());
    try {
      const send = (whileAlive: AbortSignal) =>
        this.http.send({
          method: 'PUT',
          path: `/runners/blobs/${input.digest}`,
          headers: { ...this.headers, 'content-type': 'application/octet-stream' },
          body: content,
          signal: whileAlive,
          answerTimeoutMs: ANSWER_DEADLINE_MS,
        });
      const reply = await this.lifeSigns.during(null, signal, send);
      if (reply.status >= 500) parseJson(reply, 'blob upload');
      if (reply.status >= 300) throw new RunnerFault('BLOB_REFUSED', reply.body.toString('utf8').slice(0, 200));
    } catch (error) {
      // Input that cannot be read is not the runner's outage.
      throw content.error ?? error;
    }
  }

  private async fetchOutput(path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.http.send({ method: 'GET', path, headers: this.headers, signal }, maxBytes);
    if (answer.status !== 200) throw new RunnerFault('OUTPUT_GONE', `${path}: HTTP ${answer.status}`);
    return answer.body;
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
