import { scrub, scrubEvent } from './scrub';

export type Reporter = (error: unknown) => void;

/** Without a release Sentry names the build that is in the store. */
export type ReportSettings = { dsn: string; release?: string };

/** Loaded only when there is somewhere to report to. */
export async function createReporter(settings: ReportSettings): Promise<Reporter> {
  const Sentry = await import('@sentry/react-native');
  Sentry.init({
    ...settings,
    sendDefaultPii: false,
    enableAutoSessionTracking: false,
    beforeSend: (event) => scrubEvent(event),
    beforeBreadcrumb: (breadcrumb) => scrub(breadcrumb),
  });
  return (error) => void Sentry.captureException(error);
}
