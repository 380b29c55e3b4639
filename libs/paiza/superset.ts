import type { LanguageStatus } from './languages.js';
import type { RunStatus } from './outcome.js';

/**
 * The superset of the paiza API that our runner announces at `GET /runners/capabilities.json` and opens to whoever sends
 * `Authorization: Bearer <secret>`. Documented in docs/runner-protocol.md; these are its JSON bodies.
 */
export const SUPERSET_PROTOCOL = 'saiban-runner-1';

export interface Capabilities {
  protocol: typeof SUPERSET_PROTOCOL;
  toolchain_identity: string;
  slots: number;
  sandbox: {
    /** full: exact figures from a fresh cgroup. degraded: no cgroup, figures approximate. unsafe: layers are missing. */
    tier: 'full' | 'degraded' | 'unsafe';
    cgroup: 'v1' | 'v2' | 'none';
    user_namespace: boolean;
    /** Layers of the sandbox that are switched off. */
    without: readonly string[];
  };
  languages: LanguageStatus[];
  /** A program of a ready language that is quick to run, with an input and the right output; null while none is ready. */
  probe: { language: string; source_base64: string; input_base64: string; output_base64: string } | null;
}

/** Body of `POST /runners/create.json` with the secret. Always answered when the run has ended. */
export interface SupersetCreate {
  language: string;
  /** The program, as bytes. */
  source_base64: string;
  /** Compile (or find in the cache) and run nothing. */
  build_only?: boolean;
  /** SHA-256 of the standard input, uploaded before as a blob. Absent: empty input. */
  input_digest?: string;
  limits?: SupersetLimits;
  /** Run with all other slots empty: for a figure near its limit. */
  exclusive?: boolean;
}

export interface SupersetLimits {
  /** Killed at this CPU time. */
  cpu_time_us: number;
  wall_time_us: number;
  /** Of the program: the runner adds what the language's runtime needs. */
  memory_bytes: number;
  stdout_bytes: number;
}

/** Answer to a create. Exactly one of `missing`, `fault` and `build` is present, besides `id`. */
export interface SupersetAnswer {
  id?: string;
  /** Digests to upload first; nothing was started. */
  missing?: string[];
  /** Our fault: never a verdict on the program. */
  fault?: { code: string; message: string };
  build?: SupersetBuild;
  /** Absent when the build failed or `build_only` was asked. */
  run?: SupersetRun;
}

export interface SupersetBuild {
  succeeded: boolean;
  /** Found in the cache. */
  cached: boolean;
  output_base64: string;
}

export interface SupersetRun {
  status: RunStatus;
  exit_code: number | null;
  signal: number | null;
  cpu_time_us: number;
  wall_time_us: number;
  memory_peak_bytes: number;
  memory_limit_bytes: number;
  heap_exhausted: boolean;
  approximate: boolean;
  stdout: SupersetOutput;
  stderr: SupersetOutput;
}

export interface SupersetOutput {
  length: number;
  sha256: string;
  /** Inline when short (see MAX_INLINE_BYTES), else null: fetch `GET /runners/outputs/:id/:stream` once. */
  base64: string | null;
}

/** Output up to this length comes inline. */
export const MAX_INLINE_BYTES = 64 * 1024;
/** Error output beyond this is thrown away: people read the beginning. */
export const MAX_STDERR_BYTES = 64 * 1024;
