import { Injectable } from '@nestjs/common';
import { type LanguageState, type LanguageStatus, languageIds, languageNames } from '#libs/paiza/languages.js';
import { isLanguageId } from '#libs/paiza/languages.js';
import { badRequest, conflict } from '../common/errors.js';
import { LanguagesRepository } from './languages.repository.js';

/** Of several workers the one that is furthest speaks for a language: one that is ready can judge it. */
const FURTHEST: Readonly<Record<LanguageState, number>> = { ready: 3, installing: 2, failed: 1, missing: 0 };

@Injectable()
export class LanguagesService {
  constructor(private readonly repository: LanguagesRepository) {}

  /** All languages, each with the state of the live worker that is furthest. */
  async list(): Promise<LanguageStatus[]> {
    const reports = (await this.repository.liveWorkers()).flatMap(({ languages }) => languages);
    return languageIds.map((id) => {
      const own = reports.filter((report) => report.id === id);
      const best = own.toSorted((a, b) => FURTHEST[b.state] - FURTHEST[a.state])[0];
      return best ? { ...best, name: languageNames[id] } : missing(id);
    });
  }

  /** Throws 400 UNKNOWN_LANGUAGE or 409 LANGUAGE_NOT_READY. */
  async requireReady(id: string): Promise<void> {
    if (!isLanguageId(id)) {
      throw badRequest('UNKNOWN_LANGUAGE', `There is no language ${JSON.stringify(id)}. See GET /api/languages.`);
    }
    const { state, reason } = (await this.list()).find((language) => language.id === id) ?? missing(id);
    if (state === 'ready') return;
    const why = reason ?? 'No reason is known.';
    throw conflict('LANGUAGE_NOT_READY', `${languageNames[id]} is ${state}: ${why} Try again later, or another one.`, {
      state,
      reason: why,
    });
  }
}

const missing = (id: keyof typeof languageNames): LanguageStatus => ({
  id,
  name: languageNames[id],
  version: '',
  state: 'missing',
  reason: 'No live worker has it.',
});
