import { Injectable } from '@nestjs/common';
import { JudgeQueue } from '#libs/queue/judge.queue.js';
import { HEARTBEAT_FRESH_SECONDS, LanguagesRepository, type LiveWorker } from '../languages/languages.repository.js';

const CHECK_DEADLINE_MS = 2500;

/** `ok`, or what is wrong. */
export interface Health {
  readonly database: string;
  readonly queue: string;
  readonly worker: string;
}

@Injectable()
export class HealthService {
  /** One check at a time: while the database hangs, askers must not pile up behind it. */
  private running: Promise<Health> | null = null;

  constructor(
    private readonly languages: LanguagesRepository,
    private readonly queue: JudgeQueue,
  ) {}

  check(): Promise<Health> {
    this.running ??= this.checkAll().finally(() => (this.running = null));
    return this.running;
  }

  private async checkAll(): Promise<Health> {
    const workers = this.languages.liveWorkers();
    const [database, queue, worker] = await Promise.all([
      outcome(workers, () => 'ok'),
      outcome(this.queue.ping(), () => 'ok'),
      outcome(workers, workerHealth),
    ]);
    return { database, queue, worker };
  }
}

function workerHealth(workers: readonly LiveWorker[]): string {
  if (workers.length === 0) return `no worker was seen in the last ${HEARTBEAT_FRESH_SECONDS} s`;
  const withLanguage = workers.filter(({ languages }) => languages.some(({ state }) => state === 'ready'));
  if (withLanguage.length === 0) return 'no live worker has a language ready';
  if (!withLanguage.some(({ selfRunFresh }) => selfRunFresh)) return 'no worker judged its own A+B in the last minute';
  return 'ok';
}

async function outcome<T>(work: Promise<T>, describe: (value: T) => string): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_DEADLINE_MS} ms`), CHECK_DEADLINE_MS);
  });
  // The reason stays in our log: it may hold addresses.
  const answer = work.then(describe, () => 'does not answer');
  return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
}
