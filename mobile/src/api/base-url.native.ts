import Constants from 'expo-constants';

const SERVICE_PORT = 8080;

/**
 * Where the service is; metro.config.js refuses a release that does not say. In development the phone reaches it on the computer that runs the dev
 * server, whose address it already knows.
 */
export function baseUrl(): string {
  const configured = process.env.EXPO_PUBLIC_API_URL;
  if (configured) return configured.replace(/\/+$/, '');
  const host = Constants.expoConfig?.hostUri?.split(':')[0] ?? 'localhost';
  return `http://${host}:${SERVICE_PORT}`;
}
