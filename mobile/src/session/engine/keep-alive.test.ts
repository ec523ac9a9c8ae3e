import { Problem } from './problem';

import { silentChannel, type Channel, type ChannelMessage } from './channel';
import type { Clock } from './clock';
import { createEngine } from './engine';
import { keepAlive, type Foreground } from './keep-alive';
import { createQueue, type Lock } from './lock';
import type { Grant } from './vault';

/** Time that passes when told to. */
function createClock() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((one) => one !== timer));
    },
  };
  async function pass(ms: number) {
    now += ms;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    due.forEach((timer) => timer.run());
    await new Promise(setImmediate);
  }
  return { clock, pass };
}

function createPhone() {
  let isActive = true;
  let tell: () => void = () => undefined;
  const foreground: Foreground = {
    isActive: () => isActive,
    listen: (change) => {
      tell = change;
      return () => undefined;
    },
  };
  const turn = (active: boolean) => {
    isActive = active;
    tell();
  };
  return { foreground, turn };
}

/** Another tab, as heard from this one. */
function createOtherTab() {
  let say: (message: ChannelMessage) => void = () => undefined;
  const channel: Channel = { post: () => undefined, listen: (hear) => ((say = hear), () => undefined) };
  return { channel, says: (message: ChannelMessage) => say(message) };
}

async function setUp(refresh: () => Promise<Grant>, channel: Channel = silentChannel, lock: Lock = createQueue()) {
  const { clock, pass } = createClock();
  const { foreground, turn } = createPhone();
  const engine = createEngine({
    vault: { read: async () => ({ kind: 'cookie' }), write: async () => undefined, clear: async () => undefined },
    lock,
    channel,
    clock,
    exchange: { refresh, revoke: async () => undefined },
    isRevocationRequired: true,
    random: () => 0.5,
  });
  const stop = keepAlive(engine, clock, foreground);
  await engine.signedIn({ accessToken: null, refreshToken: null, expiresIn: 900 });
  return { engine, pass, turn, stop };
}

const grant: Grant = { accessToken: null, refreshToken: null, expiresIn: 900 };

it('refreshes at four fifths of the life that was promised, again and again', async () => {
  let calls = 0;
  const { pass } = await setUp(async () => ((calls += 1), grant));
  await pass(719_000);
  expect(calls).toBe(0);
  await pass(1_000);
  expect(calls).toBe(1);
  await pass(720_000);
  expect(calls).toBe(2);
});

it('rests in the background and catches up on return', async () => {
  let calls = 0;
  const { pass, turn } = await setUp(async () => ((calls += 1), grant));
  turn(false);
  await pass(3_600_000);
  expect(calls).toBe(0);
  turn(true);
  await pass(0);
  expect(calls).toBe(1);
});

it('takes its time after a failure, and ends nothing', async () => {
  let calls = 0;
  const { engine, pass } = await setUp(() => {
    calls += 1;
    return Promise.reject(new Error('down'));
  });
  await pass(720_000);
  await pass(19_000);
  expect(calls).toBe(1);
  await pass(1_000);
  expect(calls).toBe(2);
  expect(engine.state().phase).toBe('signed-in');
});

it('goes on in a tab that another one was faster than', async () => {
  let calls = 0;
  const { channel, says } = createOtherTab();
  let isFirst = true;
  const lock: Lock = {
    run: (work) => {
      if (isFirst) says({ type: 'refreshed', expiresIn: 900 });
      isFirst = false;
      return work();
    },
  };
  const { pass } = await setUp(async () => ((calls += 1), grant), channel, lock);
  await pass(720_000);
  expect(calls).toBe(0);
  await pass(720_000);
  expect(calls).toBe(1);
});

it('begins in a tab that is told of a sign-in', async () => {
  let calls = 0;
  const { channel, says } = createOtherTab();
  const { pass } = await setUp(async () => ((calls += 1), grant), channel);
  says({ type: 'ended', reason: 'signed-out' });
  says({ type: 'signed-in', expiresIn: 600 });
  await pass(480_000);
  expect(calls).toBe(1);
});

it('goes on after a refresh that somebody else asked for has failed', async () => {
  let calls = 0;
  const failing = Promise.withResolvers<Grant>();
  const { engine, pass } = await setUp(() => ((calls += 1), calls === 1 ? failing.promise : Promise.resolve(grant)));
  const asked = engine.refresh(engine.ticket().generation);
  await pass(720_000);
  failing.reject(new Error('down'));
  await expect(asked).rejects.toThrow('down');
  await pass(0);
  await pass(20_000);
  expect(calls).toBe(2);
});

it('waits as long as it is asked to, within reason', async () => {
  let calls = 0;
  const { pass } = await setUp(() => {
    calls += 1;
    return Promise.reject(new Problem({ code: 'unexpected_answer', action: 'wait', status: 429, retryAfterMs: 3_600_000 }));
  });
  await pass(720_000);
  await pass(119_000);
  expect(calls).toBe(1);
  await pass(1_000);
  expect(calls).toBe(2);
});

it('reads a locked store again until it opens', async () => {
  const { clock, pass } = createClock();
  const { foreground } = createPhone();
  let isLocked = true;
  const read = async () => {
    if (isLocked) throw new Error('locked');
    return { kind: 'cookie' } as const;
  };
  const engine = createEngine({
    vault: { read, write: async () => undefined, clear: async () => undefined },
    lock: createQueue(),
    channel: silentChannel,
    clock,
    exchange: { refresh: () => Promise.resolve(grant), revoke: async () => undefined },
    isRevocationRequired: true,
    random: () => 0.5,
  });
  keepAlive(engine, clock, foreground);
  await engine.restore();
  for (let tries = 0; tries < 3; tries += 1) await pass(2_000);
  expect(engine.state()).toMatchObject({ phase: 'restoring', isStoreUnreadable: true });
  isLocked = false;
  await pass(2_000);
  expect(engine.state().phase).toBe('signed-in');
});

it('stops when it is told to', async () => {
  let calls = 0;
  const { pass, stop } = await setUp(async () => ((calls += 1), grant));
  stop();
  await pass(3_600_000);
  expect(calls).toBe(0);
});
