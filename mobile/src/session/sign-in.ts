import { toGrant } from '@/api/client';
import { logIn, type User } from '@/api/generated/latchkey';

import { engine, http } from './app-session';
import { deviceName } from './platform/device-name';
import { deviceToken } from './platform/storage';

export async function signIn(email: string, password: string): Promise<User> {
  const name = deviceName();
  const headers = await deviceToken.headers();
  const answer = await logIn({ email, password, ...(name && { device_name: name }) }, { headers });
  http.setCsrfToken(('csrf_token' in answer && answer.csrf_token) || null);
  await engine.signedIn(toGrant(answer));
  await deviceToken.keep(answer);
  return answer.user;
}
