import { setTimeout as sleep } from 'node:timers/promises';

/** Prisma's codes for a database that cannot be reached, went away, or gave no connection in time. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
const NODE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/**
 * SQLSTATE: connection trouble, shutdown and start-up, no room on the disk or in memory, too many connections, a disk that
 * fails, a server that takes no writes (a standby, or a managed one whose disk is full), lost races that a retry decides.
 */
const SQL_STATE = /^(08\w{3}|57P0[1-3]|53\w{3}|58030|25006|40001|40P01)$/;
const DISK_FULL = '53100';
const MESSAGE =
  /connection terminated|server has closed the connection|timeout exceeded when trying to connect|client has encountered a connection error|cannot use a pool after|can't reach database/i;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Whether the database, not the statement, is the trouble: the same statement may pass later. */
export const isDatabaseOutage = (error: unknown): boolean => someCause(error, saysOutage);

/** Whether the database refused a write because its disk is full. */
export const isDatabaseDiskFull = (error: unknown): boolean =>
  someCause(error, ({ code, originalCode }) => code === DISK_FULL || originalCode === DISK_FULL);

type Fields = Readonly<Record<string, unknown>>;

/** Prisma wraps what the driver said, in several ways. */
function someCause(error: unknown, says: (fields: Fields) => boolean, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const fields = error as Fields;
  const inner = [fields['cause'], fields['meta'], fields['driverAdapterError']];
  return says(fields) || inner.some((one) => someCause(one, says, depth + 1));
}

function saysOutage({ code, originalCode, message, kind }: Fields): boolean {
  if ([code, originalCode].some((one) => typeof one === 'string' && isOutageCode(one))) return true;
  if (kind === 'DatabaseNotReachable' || kind === 'ConnectionClosed' || kind === 'SocketTimeout') return true;
  if (kind === 'TransactionWriteConflict' || kind === 'TooManyConnections') return true;
  return typeof message === 'string' && MESSAGE.test(message);
}

const isOutageCode = (code: string) => PRISMA_CODES.has(code) || NODE_CODES.has(code) || SQL_STATE.test(code);

/**
 * Repeats `work` until the database answers or the signal aborts; other errors pass through. `work` must be harmless to
 * repeat, because a commit whose answer was lost is repeated too. An outage may be long: its bound is the signal.
 */
export async function untilDatabaseAnswers<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error;
      signal?.throwIfAborted();
    }
    await sleep(pauseMs, undefined, signal ? { signal } : undefined);
  }
}
