import type { Reporter, ReportSettings } from './reporter.native';
import { scrub, scrubEvent } from './scrub';

/** A chunk of its own, fetched only when there is somewhere to report to. */
export async function createReporter(settings: ReportSettings): Promise<Reporter> {
  const Sentry = await import('@sentry/browser');
  Sentry.init({
    ...settings,
    sendDefaultPii: false,
    // Errors only: with a release it would announce each visit as well.
    integrations: (defaults) => defaults.filter(({ name }) => name !== 'BrowserSession'),
    beforeSend: (event) => scrubEvent(event),
    beforeBreadcrumb: (breadcrumb) => scrub(breadcrumb),
  });
  return (error) => void Sentry.captureException(error);
}

export type { Reporter };
