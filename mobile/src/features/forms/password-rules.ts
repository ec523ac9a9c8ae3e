/** The rules that can be checked while typing, and a guess at strength. The server has the last word. */

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

/** Shorter names turn up in good passwords by chance. */
const SHORTEST_NAME = 3;

/** A handful of what everybody tries first; the server knows many more. */
const NOTORIOUS = /^(password|passwort|qwert[yz]|asdf|letmein|welcome|willkommen|hallo|iloveyou|admin|geheim|schatz|12345|11111|abc123)/;

export type Strength = 'none' | 'weak' | 'fair' | 'good' | 'strong';

/** The form that the server judges and hashes: the same keys may arrive as different code points. */
const normalForm = (password: string): string => password.normalize('NFKC');

const characters = (text: string): number => [...text].length;

export function containsName(password: string, email: string): boolean {
  const name = email.trim().toLowerCase().split('@')[0] ?? '';
  return name.length >= SHORTEST_NAME && normalForm(password).toLowerCase().includes(name);
}

const isNotorious = (password: string): boolean => NOTORIOUS.test(normalForm(password).toLowerCase());

// Both are counted as typed, too: a single ligature can unfold into 18 characters.

export const isTooShort = (password: string): boolean =>
  Math.min(characters(password), characters(normalForm(password))) < PASSWORD_MIN;

export const isTooLong = (password: string): boolean =>
  Math.max(characters(password), characters(normalForm(password))) > PASSWORD_MAX;

export const hasGoodLength = (password: string): boolean => !isTooShort(password) && !isTooLong(password);

/** Counts what a guesser must guess: distinct steps, weighted by the alphabets in use. */
export function strengthOf(password: string): Strength {
  if (password === '') return 'none';
  if (!hasGoodLength(password) || isNotorious(password)) return 'weak';
  const alphabets = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((one) => one.test(password)).length;
  const bits = surprises(normalForm(password)) * (2.2 + 0.7 * alphabets);
  if (bits < 32) return 'weak';
  if (bits < 46) return 'fair';
  return bits < 64 ? 'good' : 'strong';
}

/** Characters that neither repeat nor continue the one before, as in `aaaa` and `4567`. */
function surprises(password: string): number {
  const codes = [...password].map((character) => character.codePointAt(0) ?? 0);
  return codes.filter((code, index) => index === 0 || Math.abs(code - (codes[index - 1] ?? 0)) > 1).length;
}
