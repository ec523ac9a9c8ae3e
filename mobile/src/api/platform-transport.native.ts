import type { Transport } from './transport';

/** A bearer token, and no cookies although the phone's HTTP stack would gladly keep some. */
export const transport: Transport = {
  headers: { 'X-Client-Type': 'native' },
  sendsCookies: false,
  usesCsrf: false,
  needsTokenFirst: true,
};
