/** The ways of proving who one is that this client knows, the easiest first. */
const WAYS = ['passkey', 'password', 'totp', 'recovery_code'] as const;

export type Way = (typeof WAYS)[number];

/** The ways with a field to type into. */
export type TypedWay = Exclude<Way, 'passkey'>;

/** Those that the service accepts and this device has; a way of a newer service is left out. */
export function waysOf(factors: readonly string[], hasPasskeys: boolean): Way[] {
  return WAYS.filter((way) => factors.includes(way) && (way !== 'passkey' || hasPasskeys));
}
