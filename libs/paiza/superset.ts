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
  /** Slots that judging uses now. */
  busy_slots: number;
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

/** A program, what it is given and what stops it. */
export interface SupersetProgram {
  language: string;
  /** As bytes. */
  source_base64: string;
  /** Put behind the language's own command. */
  args?: string[];
  /** The program sees them, read-only, as `/files/<name>`. */
  files?: SupersetFile[];
  /** Demanded unless `build_only`. */
  limits?: SupersetLimits;
}

export interface SupersetFile {
  name: string;
  /** SHA-256 of a blob. */
  digest: string;
}

/** Body of `POST /runners/create.json` with the secret. Always answered when the run has ended. */
export interface SupersetCreate extends SupersetProgram {
  /** 22 URL-safe characters chosen by the caller, who may then cancel it; absent: the runner makes one. */
  id?: string;
  /** Compile (or find in the cache) and run nothing. */
  build_only?: boolean;
  /** SHA-256 of the standard input, uploaded before as a blob. Absent: empty input. Not with `pair`. */
  input_digest?: string;
  /** Run with all other slots empty: for a figure near its limit. */
  exclusive?: boolean;
  /** Next in line, before all that wait: for a probe whose answer is awaited. */
  urgent?: boolean;
  /** A second program in the same slot: each one's output is the other's input, and is not captured. */
  pair?: SupersetProgram;
}

export interface SupersetLimits {
  /** Killed at this CPU time. */
  cpu_time_us: number;
  wall_time_us: number;
  /** Of the program: the runner adds what the language's runtime needs. */
  memory_bytes: number;
  stdout_bytes: number;
}

/** Answer to a create. Exactly one of `missing`, `fault` and `build` is present, besides `id`. Those of a pair only with one. */
export interface SupersetAnswer {
  id?: string;
  /** Digests to upload first; nothing was started. */
  missing?: string[];
  /** Our fault: never a verdict on the program. */
  fault?: { code: string; message: string };
  build?: SupersetBuild;
  pair_build?: SupersetBuild;
  /** Absent when a build failed or `build_only` was asked. */
  run?: SupersetRun;
  pair_run?: SupersetRun;
  /** Which of the two ended first, before the other could have been harmed by its end. */
  first_ended?: 'run' | 'pair';
}

/** Answer to `GET /runners/runs.json`: creates that are not answered yet, each waiting, building or running. */
export interface SupersetRuns {
  ids: string[];
}

/** Answer to `POST /runners/cancel.json`: false when no such create is under way. */
export interface SupersetCancelled {
  cancelled: boolean;
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
