import type { LanguageId } from '#libs/paiza/languages.js';
import type { Verdict } from '#libs/judging/verdict.js';
import type { ProblemPackage } from '#libs/problem-package/problem-package.js';

/** The largest demo problem is some megabytes of JSON, stored in one transaction. */
const CALL_WITHIN_MS = 60_000;

/** Nobody answers at the address. */
export class SiteUnreachable extends Error {}

/** The site refused a call; `code` is its stable code. */
export class SiteError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(`${status} ${code}: ${message}`);
  }
}

export interface JudgedSubmission {
  readonly id: string;
  readonly state: 'queued' | 'judging' | 'done';
  readonly verdict: Verdict | null;
  readonly timeMs: number | null;
  readonly memoryBytes: number | null;
}

export interface LanguageState {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly state: 'ready' | 'installing' | 'failed' | 'missing';
  readonly reason?: string;
}

/** The few calls of the HTTP API that the launcher makes, as any script would make them. */
export class SiteClient {
  constructor(
    private readonly baseUrl: string,
    private token: string | null = null,
  ) {}

  async login(username: string, password: string): Promise<void> {
    const { token } = await this.call<{ token: string }>('POST', '/api/auth/login', { username, password });
    this.token = token;
  }

  /** Whether the token still opens a session. */
  async signedIn(): Promise<boolean> {
    try {
      await this.call('GET', '/api/me');
      return true;
    } catch (error) {
      if (error instanceof SiteError && error.status === 401) return false;
      throw error;
    }
  }

  /** Publishes a problem. False when the slug exists. */
  async publish(problem: ProblemPackage): Promise<boolean> {
    const { submissions: _, testCases, ...rest } = problem;
    const texts = testCases.map(({ input, answer, sample }) => ({
      input: input.toString('utf8'),
      answer: answer.toString('utf8'),
      sample,
    }));
    try {
      await this.call('POST', '/api/problems', { ...rest, testCases: texts, visibility: 'published' });
      return true;
    } catch (error) {
      if (error instanceof SiteError && error.status === 409) return false;
      throw error;
    }
  }

  submit(problem: string, language: LanguageId, source: string): Promise<JudgedSubmission> {
    return this.call('POST', '/api/submissions', { problem, language, source });
  }

  submission(id: string): Promise<JudgedSubmission> {
    return this.call('GET', `/api/submissions/${encodeURIComponent(id)}`);
  }

  languages(): Promise<LanguageState[]> {
    return this.call('GET', '/api/languages');
  }

  /** Throws SiteUnreachable or SiteError. */
  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.send(method, path, body).catch((error: unknown) => {
      throw new SiteUnreachable(`Nothing answers at ${this.baseUrl}.`, { cause: error });
    });
    if (status >= 400) throw siteError(status, text);
    return JSON.parse(text) as T;
  }

  private async send(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_WITHIN_MS),
    });
    return { status: response.status, text: await response.text() };
  }
}

function siteError(status: number, text: string): SiteError {
  try {
    const { code, message } = JSON.parse(text) as { code?: string; message?: string };
    return new SiteError(status, code ?? 'UNKNOWN', message ?? text.slice(0, 200));
  } catch {
    return new SiteError(status, 'UNKNOWN', text.slice(0, 200));
  }
}
