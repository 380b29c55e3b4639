import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LineSplitter } from '../../../apps/launcher/src/processes/run-command.js';
import { initramfsOf, type InitramfsFile } from './initramfs.js';
import type { GuestKernel } from './kernel.js';
import { CHECKOUT } from '../../../apps/launcher/src/checkout.js';

/**
 * A guest is one qemu without disks and network. Its first root is an initramfs made for this one boot; the host's `/` comes
 * read-only over 9p, and init.sh takes from it what `shares` names. All that it tells comes over the serial line.
 */
export interface Guest {
  readonly kernel: GuestKernel;
  readonly accelerator: Accelerator;
  /** Beside init.sh and the modules. */
  readonly files: readonly InitramfsFile[];
  readonly memoryMib: number;
  readonly timeoutMs: number;
  /** Each line of the serial line; true ends the guest. */
  readonly onLine: (line: string) => boolean | void;
  readonly stop: AbortSignal;
}

export type Accelerator = 'kvm' | 'tcg';

export const QEMU = 'qemu-system-x86_64';
export const QEMU_PACKAGE = 'qemu-system-x86';
export const INIT_REACHED = 'saiban-guest: init reached';
const PROBE_TIMEOUT_MS = 20_000;
const PROBE_MEMORY_MIB = 512;
/** The initramfs' descriptor in qemu. */
const INITRAMFS_DESCRIPTOR = 3;
const KEPT_LINES = 40;

/** It did not end by itself in time, or not in order. */
export class GuestFault extends Error {}

export const isInstalled = (command: string) => spawnSync(command, ['--version']).error === undefined;

/** Boots a guest and returns when it has ended. Throws GuestFault, or the reason of `stop`. */
export async function bootGuest(guest: Guest): Promise<void> {
  guest.stop.throwIfAborted();
  const initramfs = openUnlinked(initramfsWith(guest));
  // Bound to us: a kill -9 of this process ends the guest too. setpriv becomes qemu, so that it has the child's id.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', QEMU, ...qemuArguments(guest)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', initramfs],
  });
  const kill = () => child.kill('SIGKILL');
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, guest.timeoutMs);
  guest.stop.addEventListener('abort', kill, { once: true });
  try {
    const { code, signal, told, ended } = await lifeOf(child, guest.onLine);
    guest.stop.throwIfAborted();
    if (ended) return;
    if (timedOut)
      throw new GuestFault(`The guest had not ended after ${guest.timeoutMs / 1000} s. It told last:\n${told}`);
    if (code !== 0) throw new GuestFault(`${QEMU} ended with ${code ?? signal}. It told last:\n${told}`);
  } finally {
    clearTimeout(timer);
    guest.stop.removeEventListener('abort', kill);
    closeSync(initramfs);
  }
}

/** Whether a guest gets as far as its init under KVM: a /dev/kvm that opens proves nothing. Says why not. */
export async function probeKvm(kernel: GuestKernel, stop: AbortSignal): Promise<{ works: boolean; why: string }> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    return { works: false, why: `/dev/kvm does not open (${(error as NodeJS.ErrnoException).code})` };
  }
  const startedAt = Date.now();
  let reached = false;
  const onLine = (line: string) => (reached ||= line.includes(INIT_REACHED));
  try {
    const bounds = { memoryMib: PROBE_MEMORY_MIB, timeoutMs: PROBE_TIMEOUT_MS };
    await bootGuest({ kernel, accelerator: 'kvm', files: [], onLine, stop, ...bounds });
  } catch (error) {
    if (!(error instanceof GuestFault)) throw error;
    const [first = ''] = error.message.split('\n');
    return { works: false, why: `/dev/kvm opens, but no guest boots under it: ${first}` };
  }
  const after = `${Date.now() - startedAt} ms`;
  return reached
    ? { works: true, why: `a probe guest reached its init after ${after}` }
    : { works: false, why: `/dev/kvm opens, but the probe guest ended after ${after} without reaching its init` };
}

interface Life {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of the serial line and of qemu itself. */
  readonly told: string;
  /** By `onLine`. */
  readonly ended: boolean;
}

function lifeOf(child: ChildProcess, onLine: Guest['onLine']): Promise<Life> {
  const told: string[] = [];
  let ended = false;
  const keep = (line: string) => {
    told.push(line);
    if (told.length > KEPT_LINES) told.shift();
  };
  const serial = new LineSplitter((raw) => {
    const line = raw.replaceAll('\r', '');
    keep(line);
    if (ended || onLine(line) !== true) return;
    ended = true;
    child.kill('SIGKILL');
  });
  const own = new LineSplitter(keep);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => serial.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => own.push(text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, told: told.join('\n'), ended }));
  });
}

function qemuArguments({ kernel, accelerator, memoryMib }: Guest): string[] {
  // Several threads: one per guest core. The room for translated code keeps a guest with Node from translating again and again.
  const accel = accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi,tb-size=512';
  return [
    ...['-accel', accel, '-machine', 'q35', '-cpu', accelerator === 'kvm' ? 'host' : 'max', '-smp', '2'],
    ...['-m', String(memoryMib), '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...['-kernel', kernel.image, '-initrd', `/proc/self/fd/${INITRAMFS_DESCRIPTOR}`],
    // A panic ends the guest. Mitigations protect nothing here, and cost much under emulation.
    ...['-append', 'console=ttyS0 loglevel=3 panic=-1 mitigations=off'],
    ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
  ];
}

function initramfsWith({ kernel, files }: Guest): Buffer {
  return initramfsOf(
    [
      { name: 'init', content: ownFile('init.sh'), executable: true },
      { name: 'run.sh', content: ownFile('run.sh') },
      { name: 'bin/busybox', content: readFileSync(kernel.busybox), executable: true },
      ...kernel.modules.map((file) => ({ name: `modules/${path.basename(file)}`, content: readFileSync(file) })),
      ...files,
    ],
    ['dev', 'proc', 'sys'],
  );
}

/** Scripts are not built: they lie beside the source. */
const ownFile = (name: string) => readFileSync(path.join(CHECKOUT, 'test/attacks/v2', name));

/** Nothing of it is left, however we end: the file has no name any more when this returns. */
function openUnlinked(content: Uint8Array): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saiban-guest-'));
  try {
    const file = path.join(folder, 'initramfs');
    writeFileSync(file, content);
    return openSync(file, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
