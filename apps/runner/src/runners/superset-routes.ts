import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MAX_STDERR_BYTES, type SupersetAnswer, type SupersetCreate } from '#libs/paiza/superset.js';
import { SandboxFault } from '../sandbox/sandbox.js';
import type { Slots } from '../sandbox/slots.js';
import type { CachedBuild } from '../build/builder.js';
import { type DiskRoom, NoRoom } from './disk-room.js';
import { BlobRefused, type Blobs, isDigest } from './blobs.js';
import type { Executor, RunRequest } from './executor.js';
import { LanguageInTest, type LanguageStates } from './language-states.js';
import { isRunId, type Outputs } from './outputs.js';
import { parseSuperset, SupersetMistake } from './parse-superset.js';

export const newRunId = () => randomBytes(16).toString('base64url');

/** What the superset's routes work with. */
export interface SupersetParts {
  readonly secret: string;
  readonly executor: Executor;
  readonly blobs: Blobs;
  readonly outputs: Outputs;
  readonly languages: LanguageStates;
  readonly slots: Slots;
  readonly room: DiskRoom;
}

/** Creates that wait for a slot; a worker sends no more than it has slots for, so more is trouble. */
const MAX_QUEUED = 1_000;

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Whether the request carries the secret; compared in a time that tells nothing. */
export function isTrusted(request: FastifyRequest, secret: string): boolean {
  const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  return timingSafeEqual(digestOf(token), digestOf(secret));
}

/** The superset of docs/runner-protocol.md, for whoever has the secret. */
export class SupersetRoutes {
  private readonly log = new Logger('Runner');

  constructor(private readonly parts: SupersetParts) {}

  register(app: FastifyInstance): void {
    app.get('/runners/capabilities.json', (_request, reply) => this.capabilities(reply));
    void app.register(async (blobs) => {
      // Only here: everywhere else a body is parameters, whatever its type says.
      blobs.removeAllContentTypeParsers();
      blobs.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      blobs.put<{ Params: { digest: string } }>('/runners/blobs/:digest', (request, reply) =>
        this.putBlob(request, reply),
      );
    });
    app.get<{ Params: { id: string; stream: string } }>('/runners/outputs/:id/:stream', (request, reply) =>
      this.takeOutput(request, reply),
    );
  }

  /** The run dies with the connection of its create. */
  async create(request: FastifyRequest, reply: FastifyReply, body: unknown): Promise<unknown> {
    if (this.parts.slots.queued('judging') >= MAX_QUEUED) {
      return reply.code(503).send({ error: 'RUNNER_OVERLOADED: too many runs wait. Try again later.' });
    }
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort(new Error('The client is gone.')));
    try {
      return await this.answer(parseSuperset(body), gone.signal);
    } catch (error) {
      if (error instanceof LanguageInTest || error instanceof NoRoom) return unavailable(reply, error);
      if (error instanceof SupersetMistake) return reply.code(400).send({ error: error.message });
      if (gone.signal.aborted) return reply.hijack();
      this.log.error('A run failed through a fault of ours', error);
      const code = error instanceof SandboxFault ? 'SANDBOX_FAULT' : 'RUNNER_FAULT';
      return { fault: { code, message: error instanceof Error ? error.message : 'unknown' } } satisfies SupersetAnswer;
    }
  }

  /** Who cannot judge announces nothing: workers then wait. */
  private capabilities(reply: FastifyReply): unknown {
    try {
      this.parts.room.require();
      return this.parts.languages.capabilities();
    } catch (error) {
      if (error instanceof NoRoom) return unavailable(reply, error);
      throw error;
    }
  }

  private async answer(create: SupersetCreate, signal: AbortSignal): Promise<SupersetAnswer> {
    const { blobs, executor, languages } = this.parts;
    const language = languages.tested(create.language);
    if (language === null) return { fault: { code: 'LANGUAGE_NOT_READY', message: create.language } };
    const digest = create.input_digest ?? null;
    if (digest !== null && !blobs.touch(digest)) return { missing: [digest] };
    const unpin = digest === null ? () => {} : blobs.pin(digest);
    const source = Buffer.from(create.source_base64, 'base64');
    try {
      return await executor.withBuild(language, source, 'judging', async (build) => {
        const answer = { id: newRunId(), build: wireBuild(build) };
        if (create.build_only || !build.succeeded || !create.limits) return answer;
        const request: RunRequest = {
          language,
          source,
          stdinPath: digest === null ? null : blobs.path(digest),
          exclusive: create.exclusive ?? false,
          limits: {
            cpuTimeUs: create.limits.cpu_time_us,
            wallTimeUs: create.limits.wall_time_us,
            memoryBytes: create.limits.memory_bytes,
            stdoutBytes: create.limits.stdout_bytes,
            stderrBytes: MAX_STDERR_BYTES,
          },
        };
        return { ...answer, run: await this.run(answer.id, build, request, signal) };
      });
    } finally {
      unpin();
    }
  }

  private async run(id: string, build: CachedBuild, request: RunRequest, signal: AbortSignal) {
    const { executor, languages, outputs } = this.parts;
    const run = await executor.run(build, request, 'judging', signal);
    return {
      status: run.status,
      exit_code: run.exitCode,
      signal: run.signal,
      cpu_time_us: run.cpuTimeUs,
      wall_time_us: run.wallTimeUs,
      memory_peak_bytes: run.memoryPeakBytes,
      memory_limit_bytes: run.memoryLimitBytes,
      heap_exhausted: run.heapExhausted,
      approximate: languages.approximate,
      stdout: await outputs.offer(id, 'stdout', run.stdout),
      stderr: await outputs.offer(id, 'stderr', run.stderr),
    };
  }

  private async putBlob(
    request: FastifyRequest<{ Params: { digest: string } }>,
    reply: FastifyReply,
  ): Promise<unknown> {
    if (!isTrusted(request, this.parts.secret)) return refuse(reply);
    const { digest } = request.params;
    if (!isDigest(digest)) return reply.code(400).send({ error: 'A blob is named by its SHA-256 in lower-case hex.' });
    try {
      this.parts.room.require();
      await this.parts.blobs.put(digest, request.body as Readable);
      return await reply.code(204).send();
    } catch (error) {
      if (error instanceof BlobRefused) return reply.code(400).send({ error: error.message });
      if (error instanceof NoRoom) return unavailable(reply, error);
      throw error;
    }
  }

  private async takeOutput(request: FastifyRequest<{ Params: { id: string; stream: string } }>, reply: FastifyReply) {
    if (!isTrusted(request, this.parts.secret)) return refuse(reply);
    const { id, stream } = request.params;
    const known = isRunId(id) && (stream === 'stdout' || stream === 'stderr');
    const file = known ? await this.parts.outputs.take(id, stream) : null;
    if (file === null)
      return reply.code(404).send({ error: 'No such output; it is kept for a minute and fetched once.' });
    const { size } = await file.stat();
    return reply.type('application/octet-stream').header('content-length', size).send(file.createReadStream());
  }
}

export const refuse = (reply: FastifyReply) => reply.code(403).send({ error: 'This call needs the runner’s secret.' });

const unavailable = (reply: FastifyReply, error: Error) => reply.code(503).send({ error: error.message });

const wireBuild = (build: CachedBuild) => ({
  succeeded: build.succeeded,
  cached: build.cached,
  output_base64: build.output.toString('base64'),
});
