export type Reporter = (error: unknown) => void;

/** Loaded only when there is somewhere to report to. */
export async function createReporter(dsn: string, scrub: <T>(event: T) => T): Promise<Reporter> {
  const Sentry = await import('@sentry/react-native');
  Sentry.init({
    dsn,
    sendDefaultPii: false,
    enableAutoSessionTracking: false,
    beforeSend: (event) => scrub(event),
    beforeBreadcrumb: (breadcrumb) => scrub(breadcrumb),
  });
  return (error) => void Sentry.captureException(error);
}
