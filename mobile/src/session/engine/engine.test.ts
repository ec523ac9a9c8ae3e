import { Problem } from './problem';

import { silentChannel, type Channel, type ChannelMessage } from './channel';
import type { Clock } from './clock';
import { createEngine, type EngineParts, type Exchange } from './engine';
import { createQueue } from './lock';
import type { Grant, Stored, Vault } from './vault';

/** A clock that jumps to whatever is waited for. */
const hastyClock: Clock = {
  now: () => 0,
  after(_ms, run) {
    const handle = setImmediate(run);
    return () => clearImmediate(handle);
  },
};

function createVault(initial: string | null) {
  let token = initial;
  let isBroken = false;
  const open = () => {
    if (isBroken) throw new Error('locked');
  };
  const vault: Vault = {
    async read(): Promise<Stored> {
      open();
      return token === null ? { kind: 'none' } : { kind: 'token', token };
    },
    async write(grant: Grant, isWanted) {
      open();
      if (isWanted()) token = grant.refreshToken;
    },
    async clear() {
      open();
      token = null;
    },
  };
  return { vault, token: () => token, break: (broken: boolean) => (isBroken = broken), put: (value: string) => (token = value) };
}

const grant = (n: number): Grant => ({ accessToken: `access-${n}`, refreshToken: `refresh-${n}`, expiresIn: 900 });
const problem = (action: Problem['action'], code: string) => new Problem({ action, code, status: 401 });
const never = () => Promise.reject(new Error('not expected'));

function setUp(exchange: Partial<Exchange>, parts: Partial<EngineParts> = {}, stored: string | null = 'refresh-0') {
  const disk = createVault(stored);
  const engine = createEngine({
    vault: disk.vault,
    lock: createQueue(),
    channel: silentChannel,
    clock: hastyClock,
    exchange: { refresh: never, revoke: async () => undefined, ...exchange },
    isRevocationRequired: false,
    random: () => 0.5,
    ...parts,
  });
  return { engine, disk };
}

const generation = (engine: { ticket(): { generation: number } }) => engine.ticket().generation;

it('refreshes once for any number of simultaneous wishes', async () => {
  let calls = 0;
  const { engine } = setUp({ refresh: async () => grant((calls += 1)) });
  await engine.restore();
  const seen = generation(engine);
  await Promise.all(Array.from({ length: 50 }, () => engine.refresh(seen)));
  expect(calls).toBe(1);
  expect(engine.ticket().accessToken).toBe('access-1');
});

it('does not refresh for a request whose token is outdated already', async () => {
  let calls = 0;
  const { engine } = setUp({ refresh: async () => grant((calls += 1)) });
  await engine.restore();
  const seen = generation(engine);
  await engine.refresh(seen);
  await engine.refresh(seen);
  expect(calls).toBe(1);
});

it('has the new refresh token on disk before anyone can use the new access token', async () => {
  const { engine, disk } = setUp({ refresh: async () => grant(1) });
  await engine.restore();
  engine.subscribe(() => {
    if (engine.ticket().accessToken === 'access-1') expect(disk.token()).toBe('refresh-1');
  });
  await engine.refresh(generation(engine));
  expect.assertions(1);
});

it('does not use a pair that could not be stored, and presents the old token again', async () => {
  const presented: (string | null)[] = [];
  const { engine, disk } = setUp({
    refresh: async (token) => {
      presented.push(token);
      if (presented.length === 1) disk.break(true);
      return grant(1);
    },
  });
  await engine.restore();
  await expect(engine.refresh(generation(engine))).rejects.toMatchObject({ code: 'store_unreadable' });
  expect(engine.ticket().accessToken).toBeNull();
  disk.break(false);
  await engine.refresh(generation(engine));
  expect(presented).toEqual(['refresh-0', 'refresh-0']);
  expect(engine.ticket().accessToken).toBe('access-1');
});

it('asks again at once when an answer was lost', async () => {
  let calls = 0;
  const { engine } = setUp({
    refresh: async () => {
      calls += 1;
      if (calls < 3) throw new Problem({ code: 'network_unreachable', action: 'retry', status: 0 });
      return grant(1);
    },
  });
  await engine.restore();
  await engine.refresh(generation(engine));
  expect(calls).toBe(3);
});

it.each(['retry', 'wait', 'fix', 'csrf', 'refresh'] as const)('survives a refresh refused with %s', async (action) => {
  const { engine, disk } = setUp({ refresh: () => Promise.reject(problem(action, 'whatever')) });
  await engine.restore();
  await expect(engine.refresh(generation(engine))).rejects.toMatchObject({ action });
  expect(engine.state().phase).toBe('signed-in');
  expect(disk.token()).toBe('refresh-0');
});

it('ends on reauth, says why, and takes the token off the disk', async () => {
  const { engine, disk } = setUp({ refresh: () => Promise.reject(problem('reauth', 'refresh_token_reused')) });
  await engine.restore();
  await expect(engine.refresh(generation(engine))).rejects.toMatchObject({ action: 'reauth' });
  expect(engine.state()).toMatchObject({ phase: 'signed-out', reason: 'reused' });
  expect(disk.token()).toBeNull();
});

it('does not believe reauth about a token that another runtime has replaced meanwhile', async () => {
  const { engine, disk } = setUp({
    refresh: async (token) => {
      if (token === 'refresh-0') {
        disk.put('refresh-7');
        throw problem('reauth', 'refresh_token_reused');
      }
      return grant(8);
    },
  });
  await engine.restore();
  await expect(engine.refresh(generation(engine))).rejects.toMatchObject({ action: 'retry' });
  expect(engine.state().phase).toBe('signed-in');
  await engine.refresh(generation(engine));
  expect(engine.ticket().accessToken).toBe('access-8');
});

it('stays in restoring while the store is locked, and goes on from there', async () => {
  const { engine, disk } = setUp({});
  disk.break(true);
  await engine.restore();
  expect(engine.state()).toMatchObject({ phase: 'restoring', isStoreUnreadable: true });
  disk.break(false);
  await engine.restore();
  expect(engine.state().phase).toBe('signed-in');
});

it('discards the answer to a refresh that was under way when its owner signed out', async () => {
  let answer: (grant: Grant) => void = () => undefined;
  const { engine, disk } = setUp({ refresh: () => new Promise((resolve) => (answer = resolve)) });
  await engine.restore();
  const refreshing = engine.refresh(generation(engine));
  await new Promise(setImmediate);
  await engine.signOut();
  answer(grant(1));
  await refreshing;
  expect(engine.state()).toMatchObject({ phase: 'signed-out', reason: 'signed-out' });
  expect(engine.ticket().accessToken).toBeNull();
  expect(disk.token()).toBeNull();
});

it('signs out without the server where the token can be destroyed here', async () => {
  const { engine, disk } = setUp({ revoke: () => Promise.reject(problem('retry', 'network_unreachable')) });
  await engine.restore();
  await engine.signOut();
  expect(engine.state().phase).toBe('signed-out');
  expect(disk.token()).toBeNull();
});

it('stays signed in when only the server could have cleared the cookies and did not', async () => {
  const { engine } = setUp(
    { revoke: () => Promise.reject(problem('retry', 'network_unreachable')) },
    { isRevocationRequired: true },
  );
  await engine.restore();
  await expect(engine.signOut()).rejects.toMatchObject({ code: 'network_unreachable' });
  expect(engine.state().phase).toBe('signed-in');
});

describe('signing out while the store is locked', () => {
  it('tells the server with the token in memory', async () => {
    const revoked: (string | null)[] = [];
    const { engine, disk } = setUp({ refresh: async () => grant(1), revoke: async (token) => void revoked.push(token) });
    await engine.restore();
    disk.break(true);
    await engine.signOut();
    expect(revoked).toEqual(['refresh-0']);
    expect(engine.state()).toMatchObject({ phase: 'signed-out', reason: 'signed-out' });
  });

  it('is refused when the server cannot be told either, and works later', async () => {
    let isOffline = true;
    const { engine, disk } = setUp({
      revoke: async () => {
        if (isOffline) throw problem('retry', 'network_unreachable');
      },
    });
    await engine.restore();
    disk.break(true);
    await expect(engine.signOut()).rejects.toMatchObject({ code: 'store_unreadable' });
    expect(engine.state().phase).toBe('signed-in');
    isOffline = false;
    await engine.signOut();
    expect(engine.state().phase).toBe('signed-out');
  });
});

it('ends the session that a sign-in began when its token cannot be kept', async () => {
  const revoked: (string | null)[] = [];
  const { engine, disk } = setUp({ revoke: async (token) => void revoked.push(token) }, {}, null);
  await engine.restore();
  disk.break(true);
  await expect(engine.signedIn(grant(1))).rejects.toMatchObject({ code: 'store_unreadable' });
  expect(revoked).toEqual(['refresh-1']);
  expect(engine.state().phase).toBe('signed-out');
});

it('does not let the refresh of one person pass for that of the next', async () => {
  const answers: ((grant: Grant) => void)[] = [];
  const { engine } = setUp({ refresh: () => new Promise((resolve) => answers.push(resolve)) });
  await engine.restore();
  const first = engine.refresh(generation(engine));
  await new Promise(setImmediate);
  await engine.signOut();
  await engine.signedIn(grant(5));
  const second = engine.refresh(generation(engine));
  answers[0]?.(grant(1));
  await first;
  await new Promise(setImmediate);
  answers[1]?.(grant(6));
  await second;
  expect(engine.ticket().accessToken).toBe('access-6');
});

it('ignores a verdict about the session before this one', async () => {
  const { engine } = setUp({});
  await engine.restore();
  const { epoch } = engine.ticket();
  await engine.signOut();
  await engine.signedIn(grant(5));
  engine.answered(epoch, problem('reauth', 'session_revoked'));
  expect(engine.state().phase).toBe('signed-in');
});

describe('two tabs', () => {
  function createTabs(exchange: Exchange) {
    const ears: ((message: ChannelMessage) => void)[] = [];
    const lock = createQueue();
    const wire = (): Channel => {
      const own = ears.length;
      ears.push(() => undefined);
      return {
        post: (message) => ears.forEach((hear, index) => index !== own && hear(message)),
        listen: (hear) => {
          ears[own] = hear;
          return () => undefined;
        },
      };
    };
    const disk = createVault('refresh-0');
    const open = () =>
      setUp(exchange, { vault: disk.vault, lock, channel: wire(), isRevocationRequired: true }).engine;
    return { one: open(), two: open() };
  }

  it('that refresh at once make one refresh', async () => {
    let calls = 0;
    const { one, two } = createTabs({ refresh: async () => grant((calls += 1)), revoke: async () => undefined });
    await Promise.all([one.restore(), two.restore()]);
    await Promise.all([one.refresh(generation(one)), two.refresh(generation(two))]);
    expect(calls).toBe(1);
  });

  it('sign out and in together', async () => {
    const { one, two } = createTabs({ refresh: async () => grant(1), revoke: async () => undefined });
    await Promise.all([one.restore(), two.restore()]);
    await one.signOut();
    expect(two.state()).toMatchObject({ phase: 'signed-out', reason: 'elsewhere' });
    await two.signedIn(grant(3));
    expect(one.state().phase).toBe('signed-in');
  });
});
