import type { FastifyRequest } from 'fastify';

/** Parameters come as query string, form, JSON body, in any mix (docs/runner-protocol.md); the body wins. */
export function parametersOf(request: FastifyRequest): Record<string, unknown> {
  return { ...(request.query as Record<string, unknown>), ...fieldsOf(request.body) };
}

function fieldsOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  if (typeof body !== 'string' || body.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Not JSON: a form, whatever its content type says.
  }
  return Object.fromEntries(new URLSearchParams(body));
}

/** A scalar as text; null when absent. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** `true`, `"true"`, `1`, `"1"`. */
export const flagOf = (value: unknown) => ['true', '1'].includes(textOf(value)?.toLowerCase() ?? '');

/** Seconds within 0…most; the fallback for what is no number. */
export function secondsOf(value: unknown, fallback: number, most: number): number {
  const text = textOf(value);
  const number = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? Math.min(number, most) : fallback;
}
