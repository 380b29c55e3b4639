import { createHash, timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SupersetAnswer, SupersetCancelled, SupersetRuns } from '#libs/paiza/superset.js';
import { BuildStarved } from '../build/builder.js';
import { SandboxFault } from '../sandbox/sandbox.js';
import type { Slots } from '../sandbox/slots.js';
import { type DiskRoom, NoRoom } from './disk-room.js';
import { BlobRefused, type Blobs, isDigest } from './blobs.js';
import { Cancelled, Creates, type OpenCreate } from './creates.js';
import { LanguageInTest, type LanguageStates } from './language-states.js';
import type { Outputs } from './outputs.js';
import { parametersOf, textOf } from './parameters.js';
import { parseSuperset, SupersetMistake } from './parse-superset.js';
import { isRunId } from './run-id.js';
import type { SupersetJudging } from './superset-judging.js';

/** What the superset's routes work with. */
export interface SupersetParts {
  readonly secret: string;
  readonly judging: SupersetJudging;
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
  private readonly creates = new Creates();

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
    for (const suffix of ['', '.json']) {
      app.post(`/runners/cancel${suffix}`, (request, reply) => this.cancel(request, reply));
      app.get(`/runners/runs${suffix}`, (request, reply) => this.runs(request, reply));
    }
  }

  /** The run dies with the connection of its create. */
  async create(request: FastifyRequest, reply: FastifyReply, body: unknown): Promise<unknown> {
    if (this.parts.slots.queued('judging') >= MAX_QUEUED) {
      return reply.code(503).send({ error: 'RUNNER_OVERLOADED: too many runs wait. Try again later.' });
    }
    let open: OpenCreate | null = null;
    try {
      const create = parseSuperset(body);
      const started = (open = this.creates.start(create.id));
      reply.raw.once('close', () => started.cancel('The client is gone.'));
      return await this.parts.judging.answer(create, started);
    } catch (error) {
      return this.failed(error, reply);
    } finally {
      open?.close();
    }
  }

  private failed(error: unknown, reply: FastifyReply): unknown {
    if (error instanceof LanguageInTest || error instanceof NoRoom) return unavailable(reply, error);
    if (error instanceof SupersetMistake) return reply.code(400).send({ error: error.message });
    if (reply.raw.destroyed) return reply.hijack();
    if (!(error instanceof Cancelled)) this.log.error('A run failed through a fault of ours', error);
    const message = error instanceof Error ? error.message : 'unknown';
    return { fault: { code: faultCode(error), message } } satisfies SupersetAnswer;
  }

  private cancel(request: FastifyRequest, reply: FastifyReply): unknown {
    if (!isTrusted(request, this.parts.secret)) return refuse(reply);
    const id = textOf(parametersOf(request)['id']);
    if (id === null || !isRunId(id)) return reply.code(400).send({ error: 'id must be the id of a create.' });
    return { cancelled: this.creates.cancel(id) } satisfies SupersetCancelled;
  }

  private runs(request: FastifyRequest, reply: FastifyReply): unknown {
    if (!isTrusted(request, this.parts.secret)) return refuse(reply);
    return { ids: this.creates.ids } satisfies SupersetRuns;
  }

  /** Who cannot judge announces nothing: workers then wait. */
  private capabilities(reply: FastifyReply): unknown {
    try {
      this.parts.room.require();
      return { ...this.parts.languages.capabilities(), busy_slots: this.parts.slots.busy };
    } catch (error) {
      if (error instanceof NoRoom) return unavailable(reply, error);
      throw error;
    }
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

/** Nothing may be concluded about the program from any of these. */
function faultCode(error: unknown): string {
  if (error instanceof Cancelled) return 'CANCELLED';
  if (error instanceof BuildStarved) return 'BUILD_STARVED';
  return error instanceof SandboxFault ? 'SANDBOX_FAULT' : 'RUNNER_FAULT';
}
