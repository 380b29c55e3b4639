import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError, readConfig } from '#libs/config/config.js';
import { runnerSecret } from '#libs/config/secrets.js';
import { BuildCache } from './build/build-cache.js';
import { Builder } from './build/builder.js';
import { Blobs } from './runners/blobs.js';
import { DiskRoom } from './runners/disk-room.js';
import { claimFolder, DataFolderInUse } from './data-lock.js';
import { Executor } from './runners/executor.js';
import { LanguageStates } from './runners/language-states.js';
import { Outputs } from './runners/outputs.js';
import { PaizaRoutes } from './runners/paiza-routes.js';
import { RateLimiter } from './runners/rate-limiter.js';
import { createServer } from './runners/server.js';
import { isTrusted, SupersetRoutes } from './runners/superset-routes.js';
import { SupersetJudging } from './runners/superset-judging.js';
import type { NativeSandbox } from './sandbox/native-sandbox.js';
import { openSandbox } from './sandbox/open-sandbox.js';
import { SandboxFault } from './sandbox/sandbox.js';
import { Slots, slotsOn } from './sandbox/slots.js';
import { openToolchain, ToolchainError } from './toolchain/toolchain.js';

const log = new Logger('Runner');

class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

/** Puts the parts together; starts listening once the sandbox has proved that it works. */
async function start(config: Config, onSandbox: (sandbox: NativeSandbox) => void): Promise<void> {
  const toolchain = openToolchain(config);
  const cacheFolder = path.join(config.dataFolder, 'cache');
  const scratchFolder = path.join(cacheFolder, 'scratch');
  claimFolder(cacheFolder);
  rmSync(scratchFolder, { recursive: true, force: true });
  mkdirSync(scratchFolder, { recursive: true, mode: 0o700 });
  const slots = slotsOn();
  const sandbox = await openSandbox({
    treeRoot: toolchain.root,
    cacheFolder,
    slots,
    without: config.unsafeSandboxWithout,
  });
  onSandbox(sandbox);

  const queue = new Slots(slots);
  const builder = new Builder(sandbox, new BuildCache(cacheFolder, config.buildCacheBytes), toolchain.identity);
  const room = new DiskRoom(cacheFolder);
  const executor = new Executor(sandbox, builder, queue, room);
  const selfTestInput = path.join(scratchFolder, 'self-test.in');
  const languages = new LanguageStates(toolchain, sandbox.tier, slots.length, async (content) => {
    writeFileSync(selfTestInput, content);
    return selfTestInput;
  });
  const secret = runnerSecret(config.dataFolder);
  mkdirSync(path.join(cacheFolder, 'blobs'), { recursive: true, mode: 0o700 });
  const blobs = new Blobs(path.join(cacheFolder, 'blobs'), config.blobCacheBytes);
  const outputs = new Outputs(path.join(cacheFolder, 'outputs'));
  const judging = new SupersetJudging(executor, blobs, outputs, languages);
  const superset = new SupersetRoutes({ secret, judging, blobs, outputs, languages, slots: queue, room });
  const paiza = new PaizaRoutes(
    executor,
    languages,
    scratchFolder,
    superset,
    (request) => isTrusted(request, secret),
    new RateLimiter(config.rates.guest),
    config.guestTimeLimitMs,
  );

  const server = createServer();
  superset.register(server);
  paiza.register(server);
  await listen(server, config);
  log.log(`Listening on ${config.runnerHost}:${config.runnerPort}.`);
  await languages.testAll(executor, () => room.comes());
}

async function listen(server: FastifyInstance, { runnerPort: port, runnerHost: host }: Config): Promise<void> {
  try {
    await server.listen({ port, host });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another program listens there' : message;
    throw new CannotListen(`CANNOT_LISTEN: ${host}:${port}: ${why}. Set RUNNER_PORT or RUNNER_HOST.`, { cause: error });
  }
}

/** What a person can mend: said in one sentence. */
const EXPLAINED = [ToolchainError, ConfigError, SandboxFault, DataFolderInUse, CannotListen];

/** Boxes die with this process anyhow; closing them in order takes their cgroups away too. */
const CLOSE_TIMEOUT_MS = 3_000;
let sandbox: NativeSandbox | null = null;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // Clients see their connections close and ask again.
  process.once(signal, () => {
    setTimeout(() => process.exit(0), CLOSE_TIMEOUT_MS);
    void Promise.resolve(sandbox?.close()).finally(() => process.exit(0));
  });
}

try {
  await start(readConfig(), (opened) => (sandbox = opened));
} catch (error) {
  if (!EXPLAINED.some((kind) => error instanceof kind)) throw error;
  log.error((error as Error).message);
  process.exit(1);
}
