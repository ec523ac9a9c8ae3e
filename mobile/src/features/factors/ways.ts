/** The ways of proving who one is that this client knows, the easiest first. */
const WAYS = ['password', 'totp', 'recovery_code'] as const;

export type Way = (typeof WAYS)[number];

/** Those that the service accepts; a way of a newer service is left out. */
export function waysOf(factors: readonly string[]): Way[] {
  return WAYS.filter((way) => factors.includes(way));
}
