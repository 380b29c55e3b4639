import { spawn } from 'node:child_process';
import { readConfig } from '#libs/config/config.js';
import { CHECKOUT } from '../checkout.js';
import { TOOLCHAIN_COMMAND } from '../system/toolchain.js';

/** `saiban languages …` is the toolchain's own command; it sees the terminal and its Ctrl-C by itself. */
export function languages(args: readonly string[]): Promise<number> {
  const { toolchainFolder } = readConfig(process.env, CHECKOUT);
  const child = spawn(process.execPath, [TOOLCHAIN_COMMAND, ...args], {
    cwd: CHECKOUT,
    env: { ...process.env, SAIBAN_TOOLCHAIN: toolchainFolder },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
