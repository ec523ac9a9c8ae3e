/** What can be said about a field before the server is asked, as keys of the language files. */
import type { en } from '@/i18n/en';

import { containsName, isTooLong, isTooShort } from './password-rules';

export type FieldMessage = `fields.${keyof typeof en.fields}`;
type Verdict = FieldMessage | undefined;

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const EMAIL_MAX = 254;

export function checkEmail(value: string): Verdict {
  const email = value.trim();
  if (email === '') return 'fields.emailRequired';
  if (email.length > EMAIL_MAX) return 'fields.emailTooLong';
  return EMAIL.test(email) ? undefined : 'fields.emailInvalid';
}

/** An existing password may be of any shape: it may be older than today's rules. */
export function checkCurrentPassword(value: string): Verdict {
  return value === '' ? 'fields.passwordRequired' : undefined;
}

export function checkNewPassword(value: string, email: string): Verdict {
  if (value === '') return 'fields.passwordRequired';
  if (isTooLong(value)) return 'fields.passwordLong';
  if (isTooShort(value)) return 'fields.passwordShort';
  return containsName(value, email) ? 'fields.passwordHasName' : undefined;
}
