/** What a phone does with passkeys, through the system's own dialogs. */
import type { Accepted } from './authenticator.web';
import { PasskeyFailure, type PasskeyFailureReason } from './failure';
import { nativePasskeys, type NativePasskeys } from './support.native';

/** Has the device make a passkey, and returns what the service is to be told of it. */
export function createPasskey(options: unknown): Promise<unknown> {
  return request((passkeys) => passkeys.create(options), options);
}

/** Asks for a passkey in a dialog of the system. */
export function getPasskey(options: unknown): Promise<unknown> {
  return request((passkeys) => passkeys.get(options), options);
}

/** Never asked for, since `hasAutofill` says no. */
export const getAutofilled = (options: unknown, _until: AbortSignal): Promise<unknown> =>
  Promise.reject(new PasskeyFailure('unsupported', options));

async function request(ask: (passkeys: NativePasskeys) => Promise<unknown>, options: unknown): Promise<unknown> {
  if (!nativePasskeys) throw new PasskeyFailure('unsupported', options);
  try {
    const credential = await ask(nativePasskeys);
    if (!credential) throw new PasskeyFailure('unknown', options);
    return credential;
  } catch (failure) {
    throw failure instanceof PasskeyFailure ? failure : new PasskeyFailure(reasonOf(failure), options, failure);
  }
}

/** By the names under which the two halves of the library report, `UserCancelled` and `ERR_USER_CANCELLED`. */
const REASONS: readonly [name: RegExp, reason: PasskeyFailureReason][] = [
  [/user_?cancelled|interrupted|no_?credential/i, 'cancelled'],
  [/InvalidStateError/, 'registered'],
  [/not_?configured/i, 'elsewhere'],
  [/not_?supported|biometric/i, 'unsupported'],
];

function reasonOf(failure: unknown): PasskeyFailureReason {
  const { code = '', message = '' } = (failure ?? {}) as { code?: string; message?: string };
  return REASONS.find(([name]) => name.test(`${code} ${message}`))?.[1] ?? 'unknown';
}

/** The library has no such call. */
export const forgetPasskey = (_rpId: string, _credentialId: string): Promise<void> => Promise.resolve();

/** The library has no such call. */
export const tellAccepted = (_accepted: Accepted): Promise<void> => Promise.resolve();
