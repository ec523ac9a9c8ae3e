/**
 * A phone: a keychain that outlives processes, and processes that run the client's own session,
 * storage and transport code. Only the keychain's chip and the network are stand-ins.
 */
import { createExchange, createSend, toGrant } from '@/api/client';
import { createHttp } from '@/api/http';
import { transport } from '@/api/platform-transport.native';
import { silentChannel } from '@/session/engine/channel';
import { monotonicClock } from '@/session/engine/clock';
import { createEngine } from '@/session/engine/engine';
import { createKeychainVault, type Keychain } from '@/session/engine/keychain-vault';
import { createQueue } from '@/session/engine/lock';
import type { Vault } from '@/session/engine/vault';

import type { Proxy } from './proxy';

export type KeychainState = {
  value: string | null;
  isLocked: boolean;
  /** Runs around each write: `before` may throw (nothing written), `after` too (written, but not said). */
  before: () => void;
  after: () => void;
};

export type Process = ReturnType<typeof startProcess>;

const never = new Promise<never>(() => undefined);

export function createPhone(name: string, proxy: Proxy) {
  const keychain: KeychainState = { value: null, isLocked: false, before: () => undefined, after: () => undefined };
  let isInstalled = false;
  let isBuried = false;
  const marker = { isSet: () => isInstalled, set: () => void (isInstalled = true) };
  const tombstone = {
    isSet: () => isBuried,
    set: () => void (isBuried = true),
    remove: () => void (isBuried = false),
  };
  return {
    name,
    keychain,
    start: () => startProcess(proxy.urlFor(name), keychain, (kept) => createKeychainVault(kept, marker, tombstone)),
    setPlan: (plan: Parameters<Proxy['setPlan']>[1]) => proxy.setPlan(name, plan),
  };
}

export type Phone = ReturnType<typeof createPhone>;

function startProcess(baseUrl: string, state: KeychainState, createVault: (keychain: Keychain) => Vault) {
  let isAlive = true;
  /** A dead process neither reads nor writes, and hears of nothing. */
  async function alive<T>(work: () => T | Promise<T>): Promise<T> {
    await new Promise(setImmediate);
    if (!isAlive) return never;
    if (state.isLocked) throw new Error('the keychain is locked');
    return work();
  }
  const write = async (value: string | null): Promise<void> => {
    state.before();
    if (!isAlive) await never;
    state.value = value;
    state.after();
    if (!isAlive) await never;
  };
  const keychain: Keychain = {
    get: () => alive(() => state.value),
    set: (value) => alive(() => write(value)),
    delete: () => alive(() => write(null)),
  };

  const http = createHttp({ baseUrl, transport });
  const engine = createEngine({
    vault: createVault(keychain),
    lock: createQueue(),
    channel: silentChannel,
    clock: monotonicClock,
    exchange: createExchange(http),
    isRevocationRequired: transport.sendsCookies,
    random: Math.random,
  });
  const send = createSend(http, engine, transport);

  return {
    engine,
    kill: () => void (isAlive = false),
    async signIn(email: string, password: string): Promise<void> {
      await engine.restore();
      await engine.signedIn(toGrant(await send({ url: '/api/v1/auth/login', method: 'post', data: { email, password } })));
    },
    me: () => send<{ email: string }>({ url: '/api/v1/users/me', method: 'get' }),
    others: () => send<void>({ url: '/api/v1/auth/sessions', method: 'delete' }),
    refresh: () => engine.refresh(engine.ticket().generation),
  };
}
