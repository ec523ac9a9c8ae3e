/** The one way by which the app tells its makers that something broke. Silent without a DSN. */
import { Problem } from '@/session/engine/problem';

import { createReporter, type Reporter } from './reporter';

let reporter: Promise<Reporter> | null = null;

export function startReporting(): void {
  const dsn = process.env.EXPO_PUBLIC_SENTRY_DSN;
  if (!dsn) return;
  const release = process.env.EXPO_PUBLIC_RELEASE;
  reporter = createReporter({ dsn, ...(release && { release }) });
  // A reporter that cannot be loaded must not become the next error.
  reporter.catch(() => undefined);
}

/** An answer that the server meant, or a missing network, is no defect of the app. */
export function reportError(error: unknown): void {
  if (error instanceof Problem && error.code !== 'unexpected_answer') return;
  void reporter?.then((ready) => ready(error)).catch(() => undefined);
}
