/** What is said while a passkey is asked for. */
export const en = {
  passkeyFailure: {
    cancelled: 'No passkey was used. It was cancelled, took too long, or there is no fitting passkey on this device.',
    registered: 'This device already has a passkey for your account.',
    elsewhere: 'Passkeys of this site only work at {{domain}}. Open the site there.',
    unsupported: 'This device can’t use passkeys here. It needs a screen lock, such as a PIN, a fingerprint or a face.',
    unknown: 'The device gave no passkey. Try again, or use another way.',
  },
  passkeyProblem: {
    passkey_invalid: 'The passkey was not accepted. Try again, or use another way.',
    passkey_missing: 'Your account has no passkey any more. Use another way.',
    passkey_taken: 'This passkey is already in use.',
    passkey_unknown: 'No account has this passkey any more. Use another way, and remove it from your device.',
  },
} as const;
