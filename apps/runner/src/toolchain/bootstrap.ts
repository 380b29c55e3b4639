import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { bootstrapOptions, EXCLUDED, READABLE, SUITE } from './bootstrap-options.js';
import type { Language } from './language.js';
import { aptOptionsOfHost, sourceLines } from './mirror.js';
import { ToolchainError } from './toolchain.js';

/** A slow line downloads 300 MB in this time at 85 kB/s. */
const BOOTSTRAP_DEADLINE_MS = 60 * 60_000;
/** mmdebstrap's folders are removed by itself when it is asked to end; then it is killed. */
const GRACE_MS = 10_000;
const KEPT_CHARACTERS = 20_000;
const LAST_LINES = 8;

/**
 * mmdebstrap's tar, unpacked as ourselves: so the tree can be read and removed by whoever made it, root or not.
 * Everything runs in one process group, which ends itself when the standard input (held by us alone) is closed: so a
 * killed install leaves nobody at work.
 */
const PIPELINE = `set -o pipefail
exec 4<&0 </dev/null
( trap '' TERM; cat <&4 >/dev/null; kill -TERM 0; sleep ${GRACE_MS / 1000}; kill -KILL 0 ) 2>/dev/null 3>&- &
watcher=$!
trap : TERM
tree=$1; work=$2; shift 2
env -i PATH="$PATH:/usr/sbin:/sbin" HOME=/ LC_ALL=C.UTF-8 TMPDIR="$work" \
  \${http_proxy:+http_proxy="$http_proxy"} \${https_proxy:+https_proxy="$https_proxy"} \${no_proxy:+no_proxy="$no_proxy"} \
  mmdebstrap "$@" 4<&- | tar -x -C "$tree" --no-same-owner ${EXCLUDED.map((name) => `--exclude='${name}'`).join(' ')} 4<&-
code=$?
[ $code != 0 ] || { ${READABLE}; } || code=1
kill -KILL $watcher
exit $code`;

export interface Bootstrap {
  /** Where the tree is unpacked; exists and is empty. */
  readonly tree: string;
  /** Where mmdebstrap works. */
  readonly workFolder: string;
  readonly languages: readonly Language[];
  /** The lock's descriptor: it is held until the last process of the pipeline has ended. */
  readonly lockFd: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** Fills `tree`. Throws ToolchainError; the signal's reason when it is aborted. */
export async function bootstrap({ tree, workFolder, languages, lockFd, signal, onStep }: Bootstrap): Promise<void> {
  mkdirSync(workFolder, { recursive: true, mode: 0o755 });
  const options = [
    '--mode=unshare',
    '--format=tar',
    ...bootstrapOptions(languages),
    ...aptOptionsOfHost(execFileSync('apt-config', ['dump', 'Acquire'], { encoding: 'utf8' })),
  ];
  const child = spawn(
    'bash',
    ['-c', PIPELINE, 'bash', tree, workFolder, ...options, SUITE, '-', ...sourceLines(SUITE)],
    {
      stdio: ['pipe', 'ignore', 'pipe', lockFd],
      detached: true,
      cwd: workFolder,
    },
  );
  const end = () => child.stdin?.destroy();
  const either = AbortSignal.any([signal, AbortSignal.timeout(BOOTSTRAP_DEADLINE_MS)]);
  either.addEventListener('abort', end);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-KEPT_CHARACTERS);
    for (const [, step = ''] of chunk.matchAll(/^I: (?!main\(\))([^/\n]+?)(?: \/.*)?\.\.\.$/gm)) onStep(step);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) throw troubleOf(either.aborted ? `${said}\nE: it took more than an hour` : said);
  } finally {
    either.removeEventListener('abort', end);
    end();
  }
}

/** What went wrong, from what mmdebstrap and tar said. */
export function troubleOf(said: string): ToolchainError {
  const known = TROUBLES.find(({ sign }) => sign.test(said));
  // The steps, and tar's complaint that its input ended, hide the cause.
  const lines = said.split('\n').filter((line) => line !== '' && !/^(I: |tar: (This does not|Exiting))/.test(line));
  const last = lines.slice(-LAST_LINES).join('\n');
  return known
    ? new ToolchainError(known.code, `${known.advice}\n${last}`)
    : new ToolchainError('INSTALL_FAILED', `mmdebstrap failed. Its last words:\n${last}`);
}

const TROUBLES: readonly { readonly code: string; readonly sign: RegExp; readonly advice: string }[] = [
  {
    code: 'DISK_FULL',
    sign: /No space left on device|Disk quota exceeded/,
    advice: 'the disk is full. Make room, or set SAIBAN_TOOLCHAIN to a folder on another disk, and start again.',
  },
  {
    code: 'KEYRING_OLD',
    sign: /NO_PUBKEY|EXPKEYSIG|not signed|[Mm]issing key/,
    advice: `the keys of Debian ${SUITE} are not known here. Type: sudo apt-get install -y debian-archive-keyring`,
  },
  {
    code: 'NO_NETWORK',
    sign: /Temporary failure resolving|Could not resolve|[Cc]ould not connect|Unable to connect|Connection (timed out|refused|failed)|Network is unreachable/,
    advice: 'Debian’s packages cannot be reached. Check the network (and a proxy in /etc/apt) and start again.',
  },
  {
    code: 'MIRROR_WITHOUT_SUITE',
    sign: /does not have a Release file|404 +Not Found/,
    advice: `the mirror in /etc/apt does not hold all of Debian ${SUITE}. Configure another and start again.`,
  },
  {
    code: 'NAMESPACES_REFUSED',
    sign: /user namespaces|newuidmap|newgidmap|subuid|unshare(\(\))? (syscall )?failed/,
    advice: 'this user may not make user namespaces. Give it a range in /etc/subuid and /etc/subgid, or start as root.',
  },
];
