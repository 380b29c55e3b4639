import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { addressKey } from '../common/addresses.js';
import { ApiError } from '../common/errors.js';

/** Open pages of one person. */
const MOST_PER_USER = 20;
/** A whole school may look without signing in. */
const MOST_PER_ADDRESS = 300;
const MOST_OPEN = 5000;
/** A client that does not read is cut off here. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** One open text/event-stream answer. */
export class EventStream {
  constructor(
    private readonly response: ServerResponse,
    readonly commentMs: number,
  ) {}

  send(event: string, body: unknown): void {
    this.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
  }

  comment(): void {
    this.write(': still here\n\n');
  }

  end(): void {
    this.response.end();
  }

  /** The client went, or we ended. */
  onClose(listener: () => void): void {
    if (this.response.closed) listener();
    else this.response.once('close', listener);
  }

  private write(text: string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    this.response.write(text);
    if (this.response.writableLength > MOST_UNREAD_BYTES) this.response.destroy();
  }
}

/** Counts the open streams, bounds them, and ends them all when the api stops. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open_ = new Set<EventStream>();
  private readonly perOwner = new Map<string, number>();

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Takes the answer over from Fastify. Throws 429 TOO_MANY_STREAMS. */
  open(request: FastifyRequest, reply: FastifyReply): EventStream {
    const { viewer } = request;
    const owner = viewer === null ? `address ${addressKey(request.ip)}` : `user ${viewer.id}`;
    const count = this.perOwner.get(owner) ?? 0;
    if (count >= (viewer === null ? MOST_PER_ADDRESS : MOST_PER_USER) || this.open_.size >= MOST_OPEN) {
      throw new ApiError(429, 'TOO_MANY_STREAMS', 'Too many event streams are open. Close some pages.', {}, 15);
    }
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
    reply.hijack();
    reply.raw.writeHead(200, headers as Record<string, string>);
    reply.raw.on('error', () => reply.raw.destroy());
    const stream = new EventStream(reply.raw, this.config.eventsCommentMs);
    this.open_.add(stream);
    this.perOwner.set(owner, count + 1);
    stream.onClose(() => this.closed(stream, owner));
    return stream;
  }

  endAll(): void {
    for (const stream of this.open_) stream.end();
  }

  onModuleDestroy(): void {
    this.endAll();
  }

  private closed(stream: EventStream, owner: string): void {
    this.open_.delete(stream);
    const left = (this.perOwner.get(owner) ?? 1) - 1;
    if (left === 0) this.perOwner.delete(owner);
    else this.perOwner.set(owner, left);
  }
}
