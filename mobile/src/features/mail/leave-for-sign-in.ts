import { router } from 'expo-router';

import { engine } from '@/session/app-session';

import { rememberEmail } from '../auth/typed-email';
import { forgetFlow } from './flows';

/** Where somebody comes from, as the page for signing in says it. */
export type Arrival = 'reset' | 'invitation';

/** After a new password: whoever was signed in here is not any more. */
export async function leaveForSignIn(after: Arrival, email: string): Promise<void> {
  forgetFlow('reset');
  rememberEmail(email);
  await signOutHere();
  router.replace({ pathname: '/sign-in', params: { after } });
}

/** The service has ended the session of the account, but it may be another account's that is open here. */
export async function signOutHere(): Promise<void> {
  if (engine.state().phase !== 'signed-in') return;
  await engine.signOut().catch(() => undefined);
}
