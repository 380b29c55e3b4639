import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** A clean stop: leases are given back and nothing is counted. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/** This process among all workers, and its wish to stop. */
@Injectable()
export class WorkerIdentity implements OnModuleDestroy {
  readonly host = os.hostname();
  /** New at every start, so that nothing of a dead process is taken for its successor's. */
  readonly id = `${this.host}-${process.pid}-${randomBytes(4).toString('hex')}`;
  readonly startedAt = new Date();
  private readonly stop = new AbortController();

  /** Aborts with ShuttingDown. */
  get stopping(): AbortSignal {
    return this.stop.signal;
  }

  // The first hook of a stop: what is judged now is given back while database and queue still answer.
  onModuleDestroy(): void {
    this.stop.abort(new ShuttingDown('The worker stops.'));
  }
}
