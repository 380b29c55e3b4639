import { setTimeout as sleep } from 'node:timers/promises';

/** Prisma's codes for a database that cannot be reached, went away, or gave no connection in time. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034']);
const NODE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/** SQLSTATE: connection trouble, shutdown and start-up, too many connections, lost races that a retry decides. */
const SQL_STATE = /^(08\w{3}|57P0[1-3]|53300|40001|40P01)$/;
const MESSAGE =
  /connection terminated|server has closed the connection|timeout exceeded when trying to connect|client has encountered a connection error|cannot use a pool after|can't reach database/i;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Whether the database, not the statement, is the trouble: the same statement may pass later. */
export function isDatabaseOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const { code, originalCode, message, cause, meta, kind, driverAdapterError } = error as Record<string, unknown>;
  if ([code, originalCode].some((one) => typeof one === 'string' && isOutageCode(one))) return true;
  if (kind === 'DatabaseNotReachable' || kind === 'ConnectionClosed' || kind === 'SocketTimeout') return true;
  if (kind === 'TransactionWriteConflict' || kind === 'TooManyConnections') return true;
  if (typeof message === 'string' && MESSAGE.test(message)) return true;
  return [cause, meta, driverAdapterError].some((inner) => isDatabaseOutage(inner, depth + 1));
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
