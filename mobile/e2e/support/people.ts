/** A small company, so that lists have something to show. */
import type { Service } from './service';
import { PASSWORD } from './test';

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
