import { jest } from '@jest/globals';
import { inlineInput, type Input, type Program } from '#libs/paiza/engine.js';
import { SupersetClient } from '#libs/paiza/superset-client.js';
import { SupersetEngine } from '#libs/paiza/superset-engine.js';
import { until } from '../support/child.js';
import { Proxy } from '../support/proxy.js';
import { createBody, startRunner, type TestRunner } from '../support/runner.js';

jest.setTimeout(120_000);

const MIB = 1024 * 1024;
const LIMITS = { hardCpuUs: 5_000_000, wallUs: 60_000_000, memoryBytes: 128 * MIB, stdoutBytes: 16 * MIB };
const never = () => new AbortController().signal;

let runner: TestRunner;
let proxy: Proxy;
let engine: SupersetEngine;

beforeAll(async () => {
  runner = await startRunner({ RUNNER_BLOB_CACHE_MIB: '1', SAIBAN_LANGUAGES: 'bash' });
});
afterAll(() => runner.stop());
beforeEach(async () => {
  proxy = await Proxy.start(runner.url);
  engine = new SupersetEngine(proxy.url, runner.secret);
});
afterEach(async () => {
  await engine.close();
  await proxy.stop();
});

const bash = (source: string): Program => ({ language: 'bash', source: Buffer.from(source) });
const busy = async () => (await runner.capabilities()).busy_slots;

describe('Inputs', () => {
  it('cross to the runner once, however many runs want them at the same time and later', async () => {
    const input = inlineInput(Buffer.from(`once ${Date.now()}`));
    const run = () => engine.run(bash('cat'), input, LIMITS, never());
    const outcomes = [...(await Promise.all([run(), run(), run(), run()])), await run()];
    expect(new Set(outcomes.map(({ stdout }) => stdout.toString())).size).toBe(1);
    expect(proxy.count('PUT', /blobs/)).toBe(1);
  });

  it('of a problem larger than the whole cache are all right', async () => {
    const inputs = Array.from({ length: 6 }, (_, at) => Buffer.alloc(MIB, `input ${at} ${Date.now()}\n`));
    const runs = [...inputs, ...inputs].map(async (content) => {
      const { stdout } = await engine.run(bash('cat'), inlineInput(content), LIMITS, never());
      return stdout.equals(content);
    });
    expect(await Promise.all(runs)).toEqual(runs.map(() => true));
  });

  it('that cannot be read are not an outage of the runner', async () => {
    const broken: Input = {
      digest: inlineInput(Buffer.from('never there')).digest,
      // oxlint-disable-next-line require-yield
      async *content() {
        throw new Error('The database is away.');
      },
    };
    await expect(engine.run(bash('cat'), broken, LIMITS, never())).rejects.toThrow('The database is away.');
  });
});

describe('Arguments, files and pairs', () => {
  it('reach the program', async () => {
    const file = inlineInput(Buffer.from('from a file'));
    const extras = { args: ['x', 'y'], files: [{ name: 'f', content: file }] };
    const outcome = await engine.run(
      bash('echo "$@"; cat /files/f -'),
      inlineInput(Buffer.from('!')),
      LIMITS,
      never(),
      extras,
    );
    expect(outcome.stdout.toString()).toBe('x y\nfrom a file!');
  });

  it('let two programs talk', async () => {
    const secret = inlineInput(Buffer.from('7'));
    const { outcomes, firstEnded } = await engine.runPair(
      [
        { program: bash('read n; echo $((n + 1)); read verdict; echo $verdict >&2; sleep 1'), limits: LIMITS },
        {
          program: bash('cat /files/n; echo; read answer; [ $answer = $1 ] && echo right; exit 42'),
          limits: LIMITS,
          args: ['8'],
          files: [{ name: 'n', content: secret }],
        },
      ],
      never(),
    );
    expect([firstEnded, outcomes[1].exitCode, outcomes[0].stderr.toString()]).toEqual([1, 42, 'right\n']);
  });
});

describe('A run that nobody waits for', () => {
  it('is cancelled even where the closed connection does not reach the runner', async () => {
    proxy.keepsOpen = true;
    const leave = new AbortController();
    const run = engine.run(bash('sleep 60'), inlineInput(Buffer.alloc(0)), LIMITS, leave.signal);
    run.catch(() => {});
    await until('the run', 5_000, async () => (await busy()) === 1);
    leave.abort(new Error('The lease is lost.'));
    await expect(run).rejects.toThrow('The lease is lost.');
    await until('the slot to be free', 3_000, async () => (await busy()) === 0);
    expect(proxy.count('POST', /cancel/)).toBe(1);
  });
});

describe('A create that a living runner lost', () => {
  it('is told apart from one that waits, within a few signs of life', async () => {
    const client = new SupersetClient(proxy.url, runner.secret, 100);
    let creates = 0;
    proxy.swallows = ({ path }) => path.startsWith('/runners/create') && ++creates === 1;
    try {
      const body = (source: string) => createBody({ language: 'bash', source });
      const lost = client.create(body('echo lost'), [], never());
      const slow = client.create(body('sleep 2; echo slow'), [], never());
      await expect(lost).rejects.toThrow(/RUN_LOST/);
      expect((await slow).run?.status).toBe('exited');
    } finally {
      await client.close();
    }
  });
});
