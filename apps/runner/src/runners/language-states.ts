import { Logger } from '@nestjs/common';
import { languageNames, type LanguageStatus } from '#libs/paiza/languages.js';
import { type Capabilities, MAX_STDERR_BYTES, SUPERSET_PROTOCOL } from '#libs/paiza/superset.js';
import type { SandboxTier } from '../sandbox/sandbox.js';
import type { Language } from '../toolchain/language.js';
import type { Toolchain } from '../toolchain/toolchain.js';
import { MIB } from '../toolchain/units.js';
import type { Asker, Executor } from './executor.js';

const LIMITS = {
  cpuTimeUs: 10_000_000,
  wallTimeUs: 20_000_000,
  memoryBytes: 256 * MIB,
  stdoutBytes: MIB,
  stderrBytes: MAX_STDERR_BYTES,
};

/** Of a self-test that meets faults of ours. */
const SELF_TEST_ATTEMPTS = 5;

/** The runner has just started: soon it will be known whether the language works. An outage, not a fault. */
export class LanguageInTest extends Error {
  override readonly name = 'LanguageInTest';
}

/** A language is offered when its self-test has passed here, in this sandbox, with this tree. */
export class LanguageStates {
  private readonly log = new Logger('Languages');
  private readonly states = new Map<string, LanguageStatus>();
  /** Quick to build and run first. */
  private readonly passed: Language[] = [];

  constructor(
    private readonly toolchain: Toolchain,
    private readonly tier: SandboxTier,
    private readonly slots: number,
    private readonly inputFile: (content: Buffer) => Promise<string>,
  ) {
    for (const { language, version } of toolchain.languages.values()) {
      const name = languageNames[language.id];
      this.states.set(language.id, { id: language.id, name, version, state: 'installing', reason: 'being tested' });
    }
  }

  get approximate(): boolean {
    return this.tier.cgroup === 'none';
  }

  /** Null when it is unknown or its self-test failed. Throws LanguageInTest while that is not known. */
  tested(id: string): Language | null {
    if (this.states.get(id)?.state === 'installing') throw new LanguageInTest(`${id} is still being tested.`);
    return this.ready(id);
  }

  /** Null unless its self-test has passed. */
  ready(id: string): Language | null {
    if (this.states.get(id)?.state !== 'ready') return null;
    return this.toolchain.languages.get(id)?.language ?? null;
  }

  knows(id: string): boolean {
    return this.states.has(id);
  }

  /** A test waits for `possible`: a language that was tested at a bad moment would stay failed. */
  async testAll(executor: Executor, possible: () => Promise<void>): Promise<void> {
    for (const { language } of this.toolchain.languages.values()) {
      await possible();
      await this.test(language, executor);
    }
  }

  capabilities(): Omit<Capabilities, 'busy_slots'> {
    const [probe] = this.passed;
    return {
      protocol: SUPERSET_PROTOCOL,
      toolchain_identity: this.toolchain.identity,
      slots: this.slots,
      sandbox: {
        tier: this.tier.tier,
        cgroup: this.tier.cgroup,
        user_namespace: this.tier.userNamespace,
        without: this.tier.without,
      },
      languages: [...this.states.values()],
      probe: probe ? wireProbe(probe) : null,
    };
  }

  private async test(language: Language, executor: Executor): Promise<void> {
    const reason = await this.reasonAgainst(language, executor);
    const status = this.states.get(language.id);
    if (!status) return;
    const { id, name, version } = status;
    if (reason === null) {
      this.states.set(id, { id, name, version, state: 'ready' });
      this.passed.push(language);
    } else {
      this.log.error(`${id} is not offered: ${reason}`);
      this.states.set(id, { id, name, version, state: 'failed', reason });
    }
  }

  /** Null when the self-test passes. A fault of ours says nothing about the language: it is tested again. */
  private async reasonAgainst(language: Language, executor: Executor): Promise<string | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.failureOf(language, executor);
      } catch (error) {
        if (attempt === SELF_TEST_ATTEMPTS) return `our fault: ${String(error)}`;
        this.log.warn(`The self-test of ${language.id} met a fault: ${String(error)}`);
      }
    }
  }

  /** Null when the self-test passes. */
  private failureOf(language: Language, executor: Executor): Promise<string | null> {
    const { source, input, output } = language.selfTest;
    const bytes = Buffer.from(source);
    const asker: Asker = { user: 'judging', signal: new AbortController().signal };
    return executor.withBuild(language, bytes, asker, async (build) => {
      if (!build.succeeded) return `its self-test does not build: ${build.output.toString('utf8', 0, 300)}`;
      const stdinPath = await this.inputFile(Buffer.from(input));
      const program = { language, build, limits: LIMITS };
      // Reads the runtime's files on behalf of the slot: otherwise the first students would pay for them.
      await executor.run(program, stdinPath, asker, true);
      const run = await executor.run(program, stdinPath, asker);
      const { status, exitCode, stdout, stderr } = run;
      if (status === 'exited' && exitCode === 0 && stdout.inline.toString().trim() === output.trim()) return null;
      return `its self-test ended with ${status} ${exitCode ?? ''}: ${stderr.inline.toString('utf8', 0, 300)}`;
    });
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

const wireProbe = ({ id, selfTest }: Language) => ({
  language: id,
  source_base64: base64(selfTest.source),
  input_base64: base64(selfTest.input),
  output_base64: base64(selfTest.output),
});
