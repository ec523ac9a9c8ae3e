/** How a request proves who it is from. The two ways never mix; see the platform files. */

export type Transport = {
  /** Sent with every request. */
  headers: Record<string, string>;
  sendsCookies: boolean;
  usesCsrf: boolean;
  /** Whether a request without an access token in memory should get one before it is sent. */
  needsTokenFirst: boolean;
};
