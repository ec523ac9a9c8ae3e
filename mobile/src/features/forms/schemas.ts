/** What can be said about a form before the server is asked. Messages are keys of the language files. */
import * as z from 'zod/mini';

import { containsName, PASSWORD_MAX, PASSWORD_MIN } from './password-rules';

// Compiled validators would need `unsafe-eval`, which the page's policy forbids.
z.config({ jitless: true });

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

const email = z
  .string()
  .check(
    z.trim(),
    z.minLength(1, 'fields.emailRequired'),
    z.maxLength(254, 'fields.emailTooLong'),
    z.regex(EMAIL, 'fields.emailInvalid'),
  );

const currentPassword = z.string().check(z.minLength(1, 'fields.passwordRequired'));

const newPassword = z.string().check(
  z.minLength(1, 'fields.passwordRequired'),
  z.refine((value) => [...value].length >= PASSWORD_MIN, 'fields.passwordShort'),
  z.refine((value) => [...value].length <= PASSWORD_MAX, 'fields.passwordLong'),
);

export const signInSchema = z.object({ email, password: currentPassword });

export const signUpSchema = z.object({ email, password: newPassword }).check(
  z.refine(({ email, password }) => !containsName(password, email), {
    error: 'fields.passwordHasName',
    path: ['password'],
  }),
);

export const changeEmailSchema = z.object({ email, current_password: currentPassword });

/** The address is not part of this form, but the rule about it is. */
export const changePasswordSchema = (ownEmail: string) =>
  z
    .object({ current_password: currentPassword, password: newPassword })
    .check(
      z.refine(({ password }) => !containsName(password, ownEmail), {
        error: 'fields.passwordHasName',
        path: ['password'],
      }),
    );

export type SignInValues = z.infer<typeof signInSchema>;
export type ChangeEmailValues = z.infer<typeof changeEmailSchema>;
export type ChangePasswordValues = z.infer<ReturnType<typeof changePasswordSchema>>;
