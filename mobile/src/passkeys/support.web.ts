/** Whether passkeys can be used here, for screens that offer nothing that cannot be done. */

/** Browsers have the interface on secure pages alone. */
export const hasPasskeys = (): boolean => typeof PublicKeyCredential === 'function';

/** Whether passkeys can be offered among the suggestions of a field. */
export async function hasAutofill(): Promise<boolean> {
  return hasPasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

/** For a field whose suggestions are to hold passkeys; React Native's types do not know it. */
export const usernameOrPasskey = 'username webauthn' as 'username';
