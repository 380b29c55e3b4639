import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import type { Trial } from '#libs/database/generated/client.js';
import type { TrialOutcome } from '#libs/judging/trial.js';
import { JudgeEvents } from '#libs/queue/judge-events.js';
import { JudgeQueue, PRIORITY } from '#libs/queue/judge.queue.js';
import type { Viewer } from '../auth/viewer.js';
import { badRequest, conflict, notFound } from '../common/errors.js';
import { TOKEN_22 } from '../common/names.js';
import { sourceBytes } from '../common/source.js';
import type { Feed } from '../events/follow.js';
import { LanguagesService } from '../languages/languages.service.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { type FreeRunView, INPUT_LIMIT_BYTES, type RunBody } from './trials.dto.js';
import { TrialsRepository } from './trials.repository.js';

/** Free runs: a worker executes them, nobody judges them. Called runs in the API, trials within. */
@Injectable()
export class TrialsService {
  private readonly log = new Logger(TrialsService.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: TrialsRepository,
    private readonly languages: LanguagesService,
    private readonly rateLimits: RateLimits,
    private readonly queue: JudgeQueue,
    private readonly judgeEvents: JudgeEvents,
  ) {}

  async start(viewer: Viewer, body: RunBody): Promise<FreeRunView> {
    const source = sourceBytes(body.source);
    const input = Buffer.from(body.input ?? '', 'utf8');
    if (input.length > INPUT_LIMIT_BYTES) throw badRequest('INPUT_TOO_LARGE', 'The input is over 1 MiB. Send less.');
    await this.languages.requireReady(body.language);
    const token = randomBytes(16).toString('base64url');
    const row = { token, userId: viewer.id, language: body.language, source, input };
    const trial = await this.repository.create(row, (tx) =>
      this.rateLimits.take(`run ${viewer.id}`, this.config.rates.run, 'runs', tx),
    );
    if (trial === null) {
      throw conflict('RUN_ALREADY_OPEN', 'Your last run has not ended. Wait for it: only one is open at a time.');
    }
    await this.enqueue(trial);
    return trialView(trial);
  }

  async show(token: string): Promise<FreeRunView> {
    return trialView(await this.find(token));
  }

  async feed(token: string): Promise<Feed> {
    const { id } = await this.find(token);
    return {
      finalEvent: 'run',
      subscribe: (listener) => this.judgeEvents.subscribe('trial', id, listener),
      read: async () => {
        const trial = await this.find(token);
        return { done: trial.state === 'done', view: trialView(trial) };
      },
    };
  }

  private async find(token: string): Promise<Trial> {
    const trial = TOKEN_22.test(token) ? await this.repository.find(token) : null;
    if (trial === null) throw notFound('RUN_NOT_FOUND', 'There is no such run. Runs are kept for an hour.');
    return trial;
  }

  /** When the queue is down, the row stands and the sweeper adds it later. */
  private async enqueue(trial: Trial): Promise<void> {
    try {
      await this.queue.add('trial', trial, PRIORITY.trial);
    } catch (error) {
      this.log.warn(`Trial ${trial.id} is not in the queue yet: ${String(error)}`);
    }
  }
}

function trialView(trial: Trial): FreeRunView {
  const done = trial.state === 'done';
  const outcome = done ? (trial.outcome as unknown as TrialOutcome | null) : null;
  return {
    id: trial.token,
    language: trial.language,
    state: trial.state,
    status: outcome?.status ?? null,
    exitCode: outcome?.exitCode ?? null,
    signal: outcome?.signal ?? null,
    timeMs: outcome === null ? null : Math.ceil(outcome.cpuTimeUs / 1000),
    wallTimeMs: outcome === null ? null : Math.ceil(outcome.wallTimeUs / 1000),
    memoryBytes: outcome?.memoryPeakBytes ?? null,
    buildSucceeded: outcome === null || outcome.status === 'fault' ? null : outcome.status !== 'buildFailed',
    buildOutput: done ? text(trial.buildOutput) : null,
    stdout: done ? text(trial.stdout) : null,
    stderr: done ? text(trial.stderr) : null,
    ...(done && isBroken(trial.stdout) ? { stdoutBase64: base64(trial.stdout) } : {}),
    ...(done && isBroken(trial.stderr) ? { stderrBase64: base64(trial.stderr) } : {}),
    stdoutLength: outcome?.stdoutLength ?? null,
    message: outcome?.message ?? null,
    createdAt: trial.createdAt.toISOString(),
  };
}

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('utf8'));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const isBroken = (bytes: Uint8Array | null): bytes is Uint8Array =>
  bytes !== null && !Buffer.from(text(bytes) ?? '', 'utf8').equals(bytes);
