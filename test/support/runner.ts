import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runnerSecret } from '#libs/config/secrets.js';
import type { Capabilities, SupersetAnswer, SupersetCreate, SupersetLimits } from '#libs/paiza/superset.js';
import { Child, freePort, until } from './child.js';

const READY_TIMEOUT_MS = 120_000;
const MIB = 1024 * 1024;

/** A runner as a real process, with its own data folder. */
export interface TestRunner {
  readonly url: string;
  readonly dataFolder: string;
  readonly secret: string;
  readonly child: Child;
  /** Sends one request; the body as JSON unless it is bytes already. */
  call(method: string, route: string, options?: CallOptions): Promise<RunnerAnswer>;
  capabilities(): Promise<Capabilities>;
  /** Uploads what the runner says is missing, as a worker does. */
  run(program: Program): Promise<SupersetAnswer>;
  upload(bytes: Uint8Array): Promise<string>;
  /** Waits until no language is `installing` any more. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface RunnerAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Tests look at it as they like; what is wrong there fails their expectations. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface Program {
  readonly language: string;
  readonly source: string | Uint8Array;
  readonly input?: Uint8Array;
  readonly limits?: Partial<SupersetLimits>;
  /** Further fields of the create, and the blobs that they name. */
  readonly more?: Partial<SupersetCreate>;
  readonly blobs?: readonly Uint8Array[];
  readonly signal?: AbortSignal;
}

export const LIMITS: SupersetLimits = {
  cpu_time_us: 2_000_000,
  wall_time_us: 5_000_000,
  memory_bytes: 128 * MIB,
  stdout_bytes: 16 * MIB,
};

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export const createBody = (program: Program): SupersetCreate => ({
  language: program.language,
  source_base64: Buffer.from(program.source).toString('base64'),
  limits: { ...LIMITS, ...program.limits },
  ...(program.input === undefined ? {} : { input_digest: sha256(program.input) }),
  ...program.more,
});

/** Starts a runner and waits until its languages are tested. */
export async function startRunner(env: Readonly<Record<string, string>> = {}): Promise<TestRunner> {
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'saiban-runner-'));
  const port = await freePort();
  const child = new Child('apps/runner/src/main.js', {
    SAIBAN_DATA: dataFolder,
    RUNNER_PORT: String(port),
    RATE_GUEST_BURST: '1000',
    ...env,
  });
  child.start();
  const runner = new RunnerProcess(`http://127.0.0.1:${port}`, dataFolder, child);
  try {
    await runner.ready();
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

class RunnerProcess implements TestRunner {
  readonly secret: string;

  constructor(
    readonly url: string,
    readonly dataFolder: string,
    readonly child: Child,
  ) {
    this.secret = runnerSecret(dataFolder);
  }

  async call(method: string, route: string, options: CallOptions = {}): Promise<RunnerAnswer> {
    const { body, headers, signal } = options;
    const isBytes = body instanceof Uint8Array || typeof body === 'string';
    const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
    const response = await fetch(this.url + route, {
      method,
      headers: {
        authorization: `Bearer ${this.secret}`,
        // Text comes with the type that its client gives it.
        ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': type }),
        ...headers,
      },
      body: body === undefined ? null : isBytes ? (body as string) : JSON.stringify(body),
      signal: signal ?? null,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes, body: parsed(bytes) };
  }

  async capabilities(): Promise<Capabilities> {
    return (await this.call('GET', '/runners/capabilities.json')).body as Capabilities;
  }

  async run(program: Program): Promise<SupersetAnswer> {
    const body = createBody(program);
    const options = program.signal ? { body, signal: program.signal } : { body };
    const first = await this.call('POST', '/runners/create.json', options);
    const { missing } = first.body as SupersetAnswer;
    if (missing === undefined) return first.body as SupersetAnswer;
    const blobs = [...(program.input ? [program.input] : []), ...(program.blobs ?? [])];
    for (const blob of blobs) if (missing.includes(sha256(blob))) await this.upload(blob);
    return (await this.call('POST', '/runners/create.json', options)).body as SupersetAnswer;
  }

  async upload(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes);
    const { status, body } = await this.call('PUT', `/runners/blobs/${digest}`, { body: bytes });
    if (status !== 204) throw new Error(`Upload: ${status} ${JSON.stringify(body)}`);
    return digest;
  }

  async ready(): Promise<void> {
    await until(
      'a runner with tested languages',
      READY_TIMEOUT_MS,
      async () => {
        if (!this.child.alive) throw new Error('The runner has ended.');
        const { languages } = await this.capabilities();
        return languages.every((language) => language.state !== 'installing');
      },
      () => this.child.log,
    );
  }

  async stop(): Promise<void> {
    await this.child.end();
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
