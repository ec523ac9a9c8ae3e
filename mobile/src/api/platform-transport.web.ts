import type { Transport } from './transport';

/** Cookies that no script can read, and a CSRF token that lives in this page's memory. */
export const transport: Transport = {
  headers: {},
  sendsCookies: true,
  usesCsrf: true,
  needsTokenFirst: false,
};
