import type { WireDetails } from '#libs/paiza/wire.js';
import { newRunId } from './run-id.js';

/** A client that does not come back within this time has lost its run. */
const KEPT_MS = 10 * 60_000;
const MAX_COMPLETED = 200;
/** Of what they printed, all together, in memory. */
const MAX_COMPLETED_CHARACTERS = 32 * 1024 * 1024;

export interface GuestSession {
  readonly id: string;
  /** Complete once `completed` has resolved. */
  details: WireDetails;
  readonly completed: Promise<void>;
}

/** Runs of paiza clients: those that are completed for a bounded time, number and size. */
export class GuestSessions {
  private readonly open = new Map<string, GuestSession>();
  /** Oldest first. */
  private readonly completed = new Map<string, GuestSession>();
  private characters = 0;

  /** Runs that are waiting, building or running: it is for who starts them to bound their number. */
  get openCount(): number {
    return this.open.size;
  }

  start(language: string, execute: (id: string) => Promise<Partial<WireDetails>>): GuestSession {
    const id = newRunId();
    const running = runningDetails(id, language);
    const session: GuestSession = {
      id,
      details: running,
      completed: execute(id).then(
        (outcome) => this.complete(session, { ...running, ...outcome, status: 'completed' }),
        () => this.complete(session, { ...running, ...FAILED, status: 'completed' }),
      ),
    };
    this.open.set(id, session);
    return session;
  }

  find(id: string): GuestSession | null {
    return this.open.get(id) ?? this.completed.get(id) ?? null;
  }

  private complete(session: GuestSession, details: WireDetails): void {
    session.details = details;
    this.open.delete(session.id);
    this.completed.set(session.id, session);
    this.characters += charactersOf(details);
    for (const oldest of this.completed.keys()) {
      const fits = this.completed.size <= MAX_COMPLETED && this.characters <= MAX_COMPLETED_CHARACTERS;
      if (fits || oldest === session.id) break;
      this.forget(oldest);
    }
    setTimeout(() => this.forget(session.id), KEPT_MS).unref();
  }

  private forget(id: string): void {
    const session = this.completed.get(id);
    if (session === undefined) return;
    this.completed.delete(id);
    this.characters -= charactersOf(session.details);
  }
}

const FAILED: Partial<WireDetails> = { result: 'error', error: 'The run failed. Try again.' };

const charactersOf = ({ build_stderr: said, stdout, stderr }: WireDetails) =>
  [said, stdout, stderr].reduce((sum, text) => sum + (text?.length ?? 0), 0);

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
