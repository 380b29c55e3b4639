import { spawnSync } from 'node:child_process';
import { runCommand } from '../processes/run-command.js';
import { Refusal } from '../refusal.js';
import type { Screen } from '../screen/screen.js';

/**
 * Installs Debian packages that are missing when we may (root and apt), else says what to type.
 * Throws Refusal when they cannot be had.
 */
export async function requirePackages(missing: readonly string[], screen: Screen, stop?: AbortSignal): Promise<void> {
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (process.getuid?.() !== 0 || !aptExists()) {
    const how = aptExists()
      ? `sudo apt-get update && sudo apt-get install ${names}`
      : `install ${names} with this system's package tool`;
    throw new Refusal(`Saiban needs system packages that are missing: ${names}. Type:\n  ${how}\nthen start again.`);
  }
  await screen.during(`Installing system packages (${names})`, async (detail) => {
    // The package lists may be absent (a fresh container) or too old to download from; a mirror that fails is told by the install.
    await apt(['update'], detail, stop);
    const { code, output } = await apt(['install', '-y', '--no-install-recommends', ...missing], detail, stop);
    if (code !== 0) throw new Refusal(explain(names, output));
  });
}

const aptExists = () => spawnSync('apt-get', ['--version']).status === 0;

function apt(args: readonly string[], detail: (text: string) => void, stop?: AbortSignal) {
  // Another apt may be running, as unattended upgrades do: wait for it.
  return runCommand('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    ...(stop ? { stop } : {}),
    onLine: detail,
  });
}

function explain(names: string, output: string): string {
  const tail = output.trimEnd().split('\n').slice(-8).join('\n');
  if (/No space left|not have enough free space/i.test(output)) {
    return `The disk is full: the system packages ${names} could not be installed. Free some space, then start again.`;
  }
  if (/Could not resolve|Temporary failure|Failed to fetch|Could not connect|Network is unreachable/i.test(output)) {
    return `The package mirror cannot be reached: ${names} could not be installed. Check the network, then start again.\n${tail}`;
  }
  return `apt-get could not install ${names}. Try: apt-get install ${names}\n${tail}`;
}
