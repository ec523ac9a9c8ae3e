/** An authenticator app (RFC 6238), written apart from the service and the client. */
import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

export class Authenticator {
  private readonly key: Buffer;

  constructor(secret: string) {
    const bits = [...secret.replaceAll(/\s/g, '')].map((it) => ALPHABET.indexOf(it).toString(2).padStart(5, '0')).join('');
    this.key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? []);
  }

  /** What it shows so many steps from now. Each code works once, and one step early or late too. */
  code(steps = 0): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + steps));
    const tag = createHmac('sha1', this.key).update(counter).digest();
    const number = tag.readUInt32BE((tag[19] ?? 0) & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, '0');
  }
}

/** Gives an account an authenticator app, as its owner would in an app. */
export async function setUpAuthenticator(url: string, email: string, password: string): Promise<Authenticator> {
  let token = '';
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Client-Type': 'native',
        ...(token !== '' && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  token = (await post('/auth/login', { email, password })).access_token ?? '';
  const app = new Authenticator((await post('/auth/factors/totp', {})).secret ?? '');
  await post('/auth/factors/totp/confirm', { code: app.code(-1) });
  return app;
}
