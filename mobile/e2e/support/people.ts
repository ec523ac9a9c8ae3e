/** A small company, so that lists have something to show. */
import { PASSWORD } from './password';
import type { Service } from './service';

const NAMES = [
  'amara.okafor', 'ben.fischer', 'chiara.rossi', 'daniel.kim', 'elena.petrova', 'farid.haddad', 'greta.lind',
  'hugo.moreau', 'ines.garcia', 'jonas.weber', 'keiko.tanaka', 'liam.byrne', 'maya.singh', 'noah.jansen',
  'olga.nowak', 'pedro.alves', 'quinn.harper', 'rosa.marin', 'samuel.osei', 'tara.nguyen', 'ugo.conti',
  'vera.kovacs', 'wim.peeters', 'xenia.popa', 'yara.costa', 'zoe.martin', 'arjun.mehta', 'bianca.silva',
  'carl.nilsson', 'dora.horvat', 'emil.larsen', 'fiona.walsh', 'goran.babic', 'hana.sato',
] as const;

async function post(service: Service, path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(service.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Client-Type': 'native', ...headers },
    body: JSON.stringify(body),
  });
  return answer.json();
}

/** What an administrator does on an ordinary day, so that the lists are not all alike. */
export async function makeHistory(service: Service, admin: { email: string; password: string }): Promise<void> {
  const { access_token } = await post(service, '/api/v1/auth/login', admin);
  const authorization = { 'X-Client-Type': 'native', Authorization: `Bearer ${access_token}` };
  const change = async (id: number, changes: object) =>
    fetch(`${service.url}/api/v1/users/${id}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', ...authorization },
      body: JSON.stringify(changes),
    });
  const { items } = await (await fetch(`${service.url}/api/v1/users?limit=8`, { headers: authorization })).json();
  const [, second, third, fourth] = items as { id: number; email: string }[];
  for (const [user, changes] of [
    [second, { role: 'admin' }],
    [third, { is_active: false }],
    [fourth, { is_active: false }],
    [fourth, { is_active: true }],
  ] as const) {
    if (user) await change(user.id, changes);
  }
  if (fourth) await post(service, '/api/v1/auth/login', { email: fourth.email, password: 'a-wrong-guess' });
}

export const addressOf = (name: (typeof NAMES)[number]) => `${name}@northwind.example`;

export async function populate(service: Service): Promise<void> {
  for (const name of NAMES) await service.signUp(addressOf(name), PASSWORD);
}

/** Signs someone in on a phone that is only an entry in the list of devices. */
export async function signInOnPhone(service: Service, email: string, deviceName: string): Promise<void> {
  await post(
    service,
    '/api/v1/auth/login',
    { email, password: PASSWORD, device_name: deviceName },
    { 'User-Agent': 'Latchkey/0.1 (Android 16)' },
  );
}
