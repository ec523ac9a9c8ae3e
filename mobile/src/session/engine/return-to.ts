/** The page that someone wanted before signing in, believed only if it is one of ours. */

const HERE = 'https://app.invalid';
const NOT_WORTH_KEEPING = /^\/(sign-in|sign-up|verify|forgot)?$/;

/** A path of this app, or null for anything that could lead elsewhere. */
export function safeReturnTo(value: unknown): string | null {
  if (typeof value !== 'string' || !value.startsWith('/')) return null;
  // Browsers drop control characters and read a backslash as a slash: `/\evil` is `//evil`.
  if (/[\\\u0000-\u0020\u007f]/.test(value)) return null;
  let url: URL;
  try {
    url = new URL(value, HERE);
  } catch {
    return null;
  }
  if (url.origin !== HERE || url.pathname.startsWith('//')) return null;
  return NOT_WORTH_KEEPING.test(url.pathname) ? null : `${url.pathname}${url.search}`;
}
