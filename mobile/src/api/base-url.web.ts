const SERVICE_PORT = 8080;

/** The service serves this page, so its address is the page's own; the dev server is the exception. */
export function baseUrl(): string {
  const configured = process.env.EXPO_PUBLIC_API_URL;
  if (configured) return configured.replace(/\/+$/, '');
  return __DEV__ ? `http://${window.location.hostname}:${SERVICE_PORT}` : '';
}
