import { Injectable } from '@nestjs/common';
import type { Restrictions } from '#libs/judging/restrictions.js';
import {
  isLanguageId,
  type LanguageId,
  languageIds,
  languageNames,
  type LanguageState,
  type LanguageStatus,
} from '#libs/paiza/languages.js';
import { badRequest, conflict } from '../common/errors.js';
import { LanguagesRepository, type LiveWorker } from './languages.repository.js';

/** Of several workers the one that is furthest speaks for a language: one that is ready can judge it. */
const FURTHEST: Readonly<Record<LanguageState, number>> = { ready: 3, installing: 2, failed: 1, missing: 0 };

@Injectable()
export class LanguagesService {
  constructor(private readonly repository: LanguagesRepository) {}

  /** All languages, each with the state of the live worker that is furthest. */
  async list(): Promise<LanguageStatus[]> {
    const workers = await this.repository.liveWorkers();
    return languageIds.map((id) => furthest(id, workers));
  }

  /**
   * Gives the restrictions of the workers that have it ready; null when none has any. Throws 400 UNKNOWN_LANGUAGE or 409
   * LANGUAGE_NOT_READY.
   */
  async requireReady(id: string): Promise<Restrictions | null> {
    if (!isLanguageId(id)) {
      throw badRequest('UNKNOWN_LANGUAGE', `There is no language ${JSON.stringify(id)}. See GET /api/languages.`);
    }
    const workers = await this.repository.liveWorkers();
    const { state, reason } = furthest(id, workers);
    // The queue gives a judgement to any of them, so the restrictions of one hold for all.
    if (state === 'ready')
      return (
        workers
          .filter((worker) => hasReady(worker, id))
          .map(({ restrictions }) => restrictions)
          .find((one) => one !== null) ?? null
      );
    const why = reason ?? 'No reason is known.';
    throw conflict('LANGUAGE_NOT_READY', `${languageNames[id]} is ${state}: ${why} Try again later, or another one.`, {
      state,
      reason: why,
    });
  }
}

const hasReady = ({ languages }: LiveWorker, id: LanguageId) =>
  languages.some((language) => language.id === id && language.state === 'ready');

function furthest(id: LanguageId, workers: readonly LiveWorker[]): LanguageStatus {
  const own = workers.flatMap(({ languages }) => languages).filter((report) => report.id === id);
  const best = own.toSorted((a, b) => FURTHEST[b.state] - FURTHEST[a.state])[0];
  return best ? { ...best, name: languageNames[id] } : missing(id);
}

const missing = (id: LanguageId): LanguageStatus => ({
  id,
  name: languageNames[id],
  version: '',
  state: 'missing',
  reason: 'No live worker has it.',
});
