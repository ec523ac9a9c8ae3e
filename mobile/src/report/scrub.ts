/** Takes out of a report whatever could identify a person or open a session. */

const REDACTED = '[redacted]';

const SECRET_KEY = /token|secret|password|passwort|authorization|cookie|csrf|e-?mail|api-?key|dsn/i;
const JWT = /eyJ[\w-]+\.[\w-]*(\.[\w-]*)?/g;
const BEARER = /bearer\s+\S+/gi;
const EMAIL = /[^\s@"'<>/:,;()]+(@|%40)[^\s@"'<>/:,;()]+\.[^\s@"'<>/:,;()]+/g;
const QUERY = /\?[^\s"'#]*/g;
const FRAGMENT = /(\/[^\s"'#]*)#[^\s"']+/g;

const DEEPEST = 8;

export function scrubText(text: string): string {
  return text
    .replace(FRAGMENT, `$1#${REDACTED}`)
    .replace(QUERY, `?${REDACTED}`)
    .replace(JWT, REDACTED)
    .replace(BEARER, REDACTED)
    .replace(EMAIL, REDACTED);
}

/** A copy of the same shape without secrets; keys that name one lose their value whatever it is. */
export function scrub<T>(value: T): T {
  return scrubValue(value, 0, new WeakSet()) as T;
}

/** As `scrub`, but for the release, whose name reads like an address: `latchkey-client@0.1.0`. */
export function scrubEvent<T extends { release?: string }>(event: T): T {
  return { ...scrub(event), ...(event.release !== undefined && { release: event.release }) };
}

function scrubValue(value: unknown, depth: number, seen: WeakSet<object>): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST || seen.has(value)) return REDACTED;
  seen.add(value);
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, depth + 1, seen));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET_KEY.test(key) || key === 'headers' || key === 'cookies'
        ? REDACTED
        : scrubValue(item, depth + 1, seen),
    ]),
  );
}
