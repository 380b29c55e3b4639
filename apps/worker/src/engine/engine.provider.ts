import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type Provider } from '@nestjs/common';
import type { Config } from '#libs/config/config.js';
import { CONFIG } from '#libs/config/config.module.js';
import { runnerSecret } from '#libs/config/secrets.js';
import type { Engine } from '#libs/paiza/engine.js';
import { RunnerUnavailable } from '#libs/paiza/errors.js';
import { PlainPaizaEngine } from '#libs/paiza/plain-engine.js';
import { announcesSuperset, SupersetEngine } from '#libs/paiza/superset-engine.js';

/** Injection token of the Engine. */
export const ENGINE = Symbol('Engine');

const RETRY_MS = 500;

export const engineProvider: Provider = { provide: ENGINE, inject: [CONFIG], useFactory: connectEngine };

/**
 * Asks the server which protocol it speaks, until it answers. A server that answers without announcing the superset is a
 * plain paiza server; one that is silent is only late, so a failing runner of ours is never taken for a plain one.
 */
async function connectEngine(config: Config): Promise<Engine> {
  const log = new Logger('Engine');
  for (let silent = false; ; silent = true) {
    try {
      if (await announcesSuperset(config.paizaUrl))
        return new SupersetEngine(config.paizaUrl, runnerSecret(config.dataFolder));
      log.warn(`${config.paizaUrl} is a plain paiza server: figures are approximate.`);
      return new PlainPaizaEngine(config.paizaUrl, config.paizaApiKey);
    } catch (error) {
      if (!(error instanceof RunnerUnavailable)) throw error;
      if (!silent) log.log(`Waiting for the runner at ${config.paizaUrl}.`);
    }
    await sleep(RETRY_MS);
  }
}
