import type { Reporter } from './reporter.native';

/** A chunk of its own, fetched only when there is somewhere to report to. */
export async function createReporter(dsn: string, scrub: <T>(event: T) => T): Promise<Reporter> {
  const Sentry = await import('@sentry/browser');
  Sentry.init({
    dsn,
    sendDefaultPii: false,
    beforeSend: (event) => scrub(event),
    beforeBreadcrumb: (breadcrumb) => scrub(breadcrumb),
  });
  return (error) => void Sentry.captureException(error);
}

export type { Reporter };
