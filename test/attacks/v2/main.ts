import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '#libs/config/config.js';
import { listenForInterruption, Stopped } from '../../../apps/launcher/src/processes/interruption.js';
import { runCommand } from '../../../apps/launcher/src/processes/run-command.js';
import { openToolchain } from '../../../apps/runner/src/toolchain/toolchain.js';
import { Refusal } from '../../../apps/launcher/src/refusal.js';
import { Screen } from '../../../apps/launcher/src/screen/screen.js';
import { requirePackages } from '../../../apps/launcher/src/system/packages.js';
import { prepareToolchain } from '../../../apps/launcher/src/system/toolchain.js';
import { CHECKOUT } from '../../../apps/launcher/src/checkout.js';
import { bootGuest, GuestFault, isInstalled, probeKvm, QEMU, QEMU_PACKAGE } from './guest.js';
import { guestKernel } from './kernel.js';
import { LOG_FILE, logPage } from './log.js';
import { exitCodeOf, type Message, messageOf, type Plan, type Role } from './messages.js';
import { measurePace } from './pace.js';
import { sharesFile } from './shares.js';
import { sourceHash } from './source-hash.js';

// `npm run attacks:v2`: the list of the attacks on cgroup v2, whatever this host has, in a guest; see
// docs/decisions/0009-attacks-in-a-guest.md. Arguments, such as --only, go to `npm run attacks`; with any the log is left as
// it is, for it tells of the whole list. Exit code 0 only when both runs of the list are well.

const ATTACKS = 'dist/test/attacks/main.js';
const GUEST_MEMORY_MIB = 2560;
const GUEST_TIMEOUT_MS = 60 * 60_000;

async function main(words: readonly string[], screen: Screen, stop: AbortSignal): Promise<number> {
  const config = readConfig(process.env, CHECKOUT);
  await requirePackages(isInstalled(QEMU) ? [] : [QEMU_PACKAGE], screen, stop);
  await prepareToolchain(screen, { ...process.env, SAIBAN_TOOLCHAIN: config.toolchainFolder }, stop);
  const kernel = await screen.during('Preparing the kernel of the guest', () =>
    guestKernel(path.join(path.dirname(config.toolchainFolder), 'guest-kernel'), stop),
  );
  const kvm = await screen.during('Trying KVM', () => probeKvm(kernel, stop));
  const tree = openToolchain(config).root;
  const packs = mkdtempSync(path.join(os.tmpdir(), 'saiban-packs-'));
  try {
    await screen.during('Building the attacks', () => buildPacks(tree, packs, stop));
    const plan: Plan = { hostPace: measurePace(), command: [ATTACKS, '--tree', tree, ...words] };
    const log = new LogKeeper(screen);
    const startedAt = Date.now();
    await bootGuest({
      kernel,
      accelerator: kvm.works ? 'kvm' : 'tcg',
      files: [
        { name: 'plan.json', content: Buffer.from(JSON.stringify(plan)) },
        { name: 'shares', content: sharesFile(tree, packs) },
      ],
      memoryMib: GUEST_MEMORY_MIB,
      timeoutMs: GUEST_TIMEOUT_MS,
      onLine: (line) => log.take(line),
      stop,
    });
    if (log.exitCode === null) throw new GuestFault('The guest ended before its work was done: see above.');
    const page = logPage({
      messages: log.messages,
      output: log.output,
      exitCode: log.exitCode,
      kernelPackage: kernel.version,
      accelerator: `${kvm.works ? 'KVM' : 'emulation (TCG)'}: ${kvm.why}`,
      hostPace: plan.hostPace,
      seconds: Math.round((Date.now() - startedAt) / 1000),
      sourceHash: sourceHash(CHECKOUT),
    });
    if (words.length === 0) {
      writeFileSync(path.join(CHECKOUT, LOG_FILE), page);
      screen.say(`The log is in ${LOG_FILE}.`);
    }
    return log.exitCode;
  } finally {
    rmSync(packs, { recursive: true, force: true });
  }
}

/** On this host: under emulation compilers take minutes for what they do here in seconds. */
async function buildPacks(tree: string, folder: string, stop: AbortSignal): Promise<void> {
  const words = [path.join(CHECKOUT, ATTACKS), '--tree', tree, '--build-packs', folder];
  const { code, output } = await runCommand(process.execPath, words, { cwd: CHECKOUT, stop });
  if (code !== 0) throw new Refusal(`The attacks could not be built:\n${output}`);
}

/** Sorts what the guest tells, and shows it. */
class LogKeeper {
  readonly messages: Message[] = [];
  readonly output = new Map<Role, string[]>();
  exitCode: number | null = null;
  private role: Role | null = null;

  constructor(private readonly screen: Screen) {}

  take(line: string): void {
    this.screen.say(line);
    this.exitCode ??= exitCodeOf(line);
    const message = messageOf(line);
    if (message === null) {
      if (this.role !== null) this.output.get(this.role)?.push(line);
      return;
    }
    this.messages.push(message);
    if (message.kind === 'started') this.output.set((this.role = message.role), []);
    if (message.kind === 'ended') this.role = null;
  }
}

const screen = new Screen();
const { stop } = listenForInterruption(screen.say);
try {
  process.exitCode = await main(process.argv.slice(2), screen, stop);
} catch (error) {
  const expected = error instanceof Refusal || error instanceof GuestFault || error instanceof Stopped;
  console.error(expected ? error.message : error);
  process.exitCode = 1;
}
