// Registers, signs in, refreshes and reads pages with the client from orval.
import assert from 'node:assert/strict';

import * as latchkey from './client.ts';

const { LATCHKEY_PASSWORD: password = '', LATCHKEY_ADMIN: adminEmail = '' } = process.env;
const emails = [0, 1, 2].map((number) => `typescript-${number}@example.com`);
const native = { headers: { 'X-Client-Type': 'native' } };

function as(tokens: latchkey.NativeTokens): RequestInit {
  return { headers: { Authorization: `Bearer ${tokens.access_token}` } };
}

function nativeTokens(answer: latchkey.logInResponse | latchkey.refreshTokensResponse): latchkey.NativeTokens {
  assert(answer.status === 200, JSON.stringify(answer.data));
  assert('access_token' in answer.data, 'not the tokens of a native client');
  return answer.data;
}

async function signIn(email: string): Promise<latchkey.NativeTokens> {
  return nativeTokens(await latchkey.logIn({ email, password }, native));
}

async function allPages<Item>(
  read: (page: { limit: number; cursor?: string }) => Promise<{ items: Item[]; next_cursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await read(cursor === undefined ? { limit: 2 } : { limit: 2, cursor });
    assert(page.items.length >= 1 && page.items.length <= 2, JSON.stringify(page));
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

const checks: Record<string, () => Promise<void>> = {
  async registers() {
    for (const email of emails) {
      const answer = await latchkey.registerUser({ email, password }, native);
      assert(answer.status === 201, JSON.stringify(answer.data));
      assert.equal(answer.data.email, email);
    }
  },

  async 'is told what is wrong'() {
    const answer = await latchkey.logIn({ email: emails[0] ?? '', password: `${password}x` }, native);
    assert(answer.status === 401, JSON.stringify(answer.data));
    assert.equal(answer.data.code, latchkey.Code.invalid_credentials);
    assert.equal(answer.data.action, latchkey.Action.fix);
  },

  async refreshes() {
    const first = await signIn(emails[0] ?? '');
    const second = nativeTokens(await latchkey.refreshTokens({ refresh_token: first.refresh_token }, native));
    assert.notEqual(second.refresh_token, first.refresh_token);
    const own = await latchkey.getOwnUser(as(second));
    assert(own.status === 200, JSON.stringify(own.data));
    assert.equal(own.data.email, emails[0]);
  },

  async 'reads pages'() {
    const admin = as(await signIn(adminEmail));
    const users = await allPages(async (page) => {
      const answer = await latchkey.listUsers(page, admin);
      assert(answer.status === 200, JSON.stringify(answer.data));
      return answer.data;
    });
    const ids = users.map((user) => user.id);
    assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => b - a));
    const found = users.map((user) => user.email);
    for (const email of [...emails, adminEmail]) assert(found.includes(email), `${email} is in no page`);
    const events = await allPages(async (page) => {
      const answer = await latchkey.listAuditEvents(page, admin);
      assert(answer.status === 200, JSON.stringify(answer.data));
      return answer.data;
    });
    assert(events.some((event) => event.kind === latchkey.Kind.registered), 'nobody has registered');
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`  ok  TypeScript client ${name}`);
}
