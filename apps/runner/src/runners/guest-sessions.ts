import type { WireDetails } from '#libs/paiza/wire.js';
import { newRunId } from './superset-routes.js';

/** A client that does not come back within this time has lost its run. */
const KEPT_MS = 10 * 60_000;
/** Each may hold an output of 1 MiB in memory. */
const MAX_SESSIONS = 200;

export interface GuestSession {
  readonly id: string;
  /** Complete once `completed` has resolved. */
  details: WireDetails;
  readonly completed: Promise<void>;
}

/** Runs of paiza clients, for a bounded time and number. */
export class GuestSessions {
  private readonly sessions = new Map<string, GuestSession>();

  start(language: string, execute: (id: string) => Promise<Partial<WireDetails>>): GuestSession {
    const id = newRunId();
    const running = runningDetails(id, language);
    const session: GuestSession = {
      id,
      details: running,
      completed: execute(id).then(
        (outcome) => void (session.details = { ...running, ...outcome, status: 'completed' }),
        () =>
          void (session.details = {
            ...running,
            status: 'completed',
            result: 'error',
            error: 'The run failed. Try again.',
          }),
      ),
    };
    this.sessions.set(id, session);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= MAX_SESSIONS) break;
      this.sessions.delete(oldest);
    }
    setTimeout(() => this.sessions.delete(id), KEPT_MS).unref();
    return session;
  }

  find(id: string): GuestSession | null {
    return this.sessions.get(id) ?? null;
  }
}

const runningDetails = (id: string, language: string): WireDetails => ({
  id,
  language,
  note: null,
  status: 'running',
  build_stdout: null,
  build_stderr: null,
  build_exit_code: null,
  build_time: null,
  build_memory: null,
  build_result: null,
  stdout: null,
  stderr: null,
  exit_code: null,
  time: null,
  memory: null,
  connections: 0,
  result: null,
});
