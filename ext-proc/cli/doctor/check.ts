/**
 * One thing that the doctor looked at, and what it found. A failure is something that breaks a promise of the gate or
 * will; a warning is something that a person should know and may want.
 */
export type CheckStatus = 'ok' | 'warning' | 'failure' | 'skipped';

export interface Check {
  /** Stable, for scripts: `envoy.fail_closed`. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was looked at: `listener orders`, `upstream orders-prod`; empty for the whole. */
  readonly subject: string;
  /** What was found, in one sentence. */
  readonly detail: string;
  /** What to do, where there is something to do. */
  readonly next?: string;
}

export const ok = (id: string, subject: string, detail: string): Check => ({
  id,
  status: 'ok',
  subject,
  detail,
});
export const skipped = (id: string, subject: string, detail: string, next?: string): Check => ({
  id,
  status: 'skipped',
  subject,
  detail,
  ...(next === undefined ? {} : { next }),
});
export const warning = (id: string, subject: string, detail: string, next: string): Check => ({
  id,
  status: 'warning',
  subject,
  detail,
  next,
});
export const failure = (id: string, subject: string, detail: string, next: string): Check => ({
  id,
  status: 'failure',
  subject,
  detail,
  next,
});

/** A failure's short text from whatever was thrown; network errors hide theirs in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = (cause ?? error) as { code?: unknown };
  const text = cause?.message || error.message || error.name;
  return typeof code.code === 'string' && !text.includes(code.code) ? `${code.code} ${text}` : text;
}
