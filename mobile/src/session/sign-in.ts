import { toGrant, type CallOptions } from '@/api/client';
import { finishEnrolment, finishSignIn, logIn, signInWithPasskey as logInWithPasskey, verifySignUp, type Tokens, type User } from '@/api/generated/latchkey';

import type { Answer } from '@/passkeys/ceremony';

import { engine, http } from './app-session';
import { deviceName } from './platform/device-name';
import { deviceToken } from './platform/storage';

export function signIn(email: string, password: string): Promise<User> {
  return enter((device, options) => logIn({ email, password, ...device }, options));
}

/** With what a passkey signed; it says itself whose it is. */
export function signInWithPasskey(answer: Answer): Promise<User> {
  return enter((device, options) => logInWithPasskey({ ...answer, ...device }, options));
}

/** Proves the address of a sign-up with the code or the link from its mail. */
export function finishSignUp(flow: string, proof: { code: string } | { token: string }): Promise<User> {
  return enter((device, options) => verifySignUp({ flow, ...proof, ...device }, options));
}

/** Goes on with a sign-in that waits for its second factor. */
export function signInWithFactor(
  flow: string,
  proof: { totp: string } | { recovery_code: string } | { passkey: Answer },
  trustsDevice: boolean,
): Promise<User> {
  return enter(async (_device, options) => {
    const answer = await finishSignIn({ flow, ...proof, trust_device: trustsDevice }, options);
    // Only the flow of a reset is answered without tokens.
    return answer as Tokens;
  });
}

/** A second factor that was set up within a sign-in. */
export type Enrolled = {
  recoveryCodes: readonly string[];
  /** Signs in. Until then the screen stays, so that the codes can be stored. */
  enter: () => Promise<User>;
};

/** Uses the app that shows this code, and signs in when the person says so. */
export async function finishEnrolling(flow: string, code: string): Promise<Enrolled> {
  const answer = await finishEnrolment({ flow, code }, { headers: await deviceToken.headers() });
  http.setCsrfToken(('csrf_token' in answer && answer.csrf_token) || null);
  await deviceToken.keep(answer);
  return { recoveryCodes: answer.recovery_codes ?? [], enter: () => begin(answer) };
}

async function enter(ask: (device: { device_name?: string }, options: CallOptions) => Promise<Tokens>): Promise<User> {
  const name = deviceName();
  const headers = await deviceToken.headers();
  const answer = await ask(name ? { device_name: name } : {}, { headers });
  http.setCsrfToken(('csrf_token' in answer && answer.csrf_token) || null);
  await deviceToken.keep(answer);
  return begin(answer);
}

async function begin(answer: Tokens): Promise<User> {
  await engine.signedIn(toGrant(answer));
  return answer.user;
}
