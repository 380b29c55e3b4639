import { type BackendFactory, PostgresConnection, type PostgresConnectionOptions, PostgresQueueBackend } from 'bullmq';
import { isDatabaseOutage } from '#libs/database/outage.js';

/** Where BullMQ's connection keeps the outcome of its first attempt, also a failed one. */
type Memo = { readyPromise?: Promise<void> | undefined };

/**
 * BullMQ's connection, for a database that may be starting, stopping or full of connections. As it comes (6.7) it keeps the
 * failure of its first attempt for ever, so that a process started in such a moment would never reach the queue; and a worker
 * waits only after ECONNREFUSED, so that it would ask without a pause, and with a kept failure without even giving way to
 * timers.
 */
class PatientConnection extends PostgresConnection {
  constructor(options: PostgresConnectionOptions) {
    super(options);
    const query = this.pool.query.bind(this.pool);
    this.pool.query = (...args) => query<never>(...args).catch(rethrow);
  }

  override async waitUntilReady(): Promise<void> {
    const memo = this as unknown as Memo;
    const attempt = super.waitUntilReady();
    const kept = memo.readyPromise;
    await attempt.catch((error: unknown) => {
      // Not one that another caller has begun since.
      if (memo.readyPromise === kept) memo.readyPromise = undefined;
      return rethrow(error);
    });
  }

  override async getListenClient(): ReturnType<PostgresConnection['getListenClient']> {
    return super.getListenClient().catch(rethrow);
  }
}

/** An outage in the one form after which BullMQ waits before it tries again. */
function rethrow(error: unknown): never {
  if (!isDatabaseOutage(error)) throw error;
  const { message } = error as Error;
  throw Object.assign(new Error(message, { cause: error }), { code: 'ECONNREFUSED' });
}

/** Like BullMQ's own `createPostgresBackend`, whose names of connections only its statistics of workers need. */
export const createPatientBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options) =>
  new PostgresQueueBackend(new PatientConnection(options.connection), name, options);
