/**
 * The running session: one state, one generation of tokens, one refresh at a time. It knows no
 * HTTP library, no platform and no screen; all of those are handed in.
 */
import { networkProblem, Problem, storeProblem } from './problem';

import type { Channel, ChannelMessage } from './channel';
import { sleep, type Clock } from './clock';
import type { Lock } from './lock';
import { initialState, reduce, type SessionEvent, type SessionState } from './machine';
import { createStepUp } from './step-up';
import type { Grant, Stored, Vault } from './vault';

export type Exchange = {
  /** Trades the refresh token (null: the browser's cookie) for the next pair. */
  refresh(token: string | null): Promise<Grant>;
  /** Ends the session at the server; must be safe to repeat. */
  revoke(token: string | null): Promise<void>;
};

export type EngineParts = {
  vault: Vault;
  lock: Lock;
  channel: Channel;
  clock: Clock;
  exchange: Exchange;
  /** Signing out must reach the server when only it can clear the cookies. */
  isRevocationRequired: boolean;
  random: () => number;
};

/** What a request took with it, so that its answer can be judged against what is current then. */
export type Ticket = { isSignedIn: boolean; epoch: number; generation: number; accessToken: string | null };

type Running = { epoch: number; settled: Promise<void> };

export type Engine = ReturnType<typeof createEngine>;

const REFRESH_ATTEMPTS = 3;

export function createEngine(parts: EngineParts) {
  const { vault, lock, channel, clock, exchange } = parts;
  let state: SessionState = initialState;
  let generation = 0;
  let accessToken: string | null = null;
  let refreshToken: string | null = null;
  let refreshDueAt: number | null = null;
  let expiresAt: number | null = null;
  let refusedGeneration: number | null = null;
  let running: Running | null = null;
  let isSigningOut = false;
  const stepUp = createStepUp();
  const listeners = new Set<() => void>();

  function notify(): void {
    listeners.forEach((listener) => listener());
  }

  function dispatch(event: SessionEvent): void {
    const next = reduce(state, event);
    if (next === state) return;
    if (next.phase !== 'signed-in' || next.epoch !== state.epoch) {
      forget();
      stepUp.settle(false);
    }
    state = next;
    notify();
  }

  function forget(): void {
    accessToken = null;
    refreshToken = null;
    refreshDueAt = null;
    expiresAt = null;
    generation += 1;
  }

  function adopt(grant: Grant): void {
    accessToken = grant.accessToken;
    refreshToken = grant.refreshToken;
    renew(grant.expiresIn);
  }

  /** The next generation. Due at four fifths of its life, so that a slow network does not let it lapse. */
  function renew(expiresIn: number): void {
    generation += 1;
    refreshDueAt = clock.now() + expiresIn * 800;
    expiresAt = clock.now() + expiresIn * 1000;
    notify();
  }

  const isCurrent = (epoch: number) => state.phase === 'signed-in' && state.epoch === epoch;
  const mayRotate = (epoch: number) => isCurrent(epoch) && !isSigningOut;

  async function readVault(): Promise<Stored> {
    try {
      return await vault.read();
    } catch {
      dispatch({ type: 'store-failed' });
      throw storeProblem();
    }
  }

  async function rotate(seen: number): Promise<void> {
    const epoch = state.epoch;
    // Another tab, or whoever held the lock before, may have done it meanwhile.
    if (generation !== seen || !mayRotate(epoch)) return;
    const presented = tokenIn(await readVault()) ?? refreshToken;
    let grant: Grant;
    try {
      grant = await persistently(() => exchange.refresh(presented));
    } catch (failure) {
      await judge(failure, epoch, presented);
      throw failure;
    }
    if (!mayRotate(epoch)) return;
    try {
      await vault.write(grant, () => mayRotate(epoch));
    } catch {
      // The new pair is not used until it is safe. The server hands it out again for the old one.
      throw storeProblem();
    }
    if (!mayRotate(epoch)) return;
    adopt(grant);
    channel.post({ type: 'refreshed', expiresIn: grant.expiresIn });
  }

  /** A refused token says nothing when another runtime has stored a newer one meanwhile. */
  async function judge(failure: unknown, epoch: number, presented: string | null): Promise<void> {
    if (!(failure instanceof Problem) || failure.action !== 'reauth') return;
    const stored = tokenIn(await readVault());
    if (stored !== null && stored !== presented) throw networkProblem('unreachable');
    end({ type: 'answered', epoch, action: failure.action, code: failure.code });
  }

  /** A lost answer is asked for again at once; a struggling server is given time. */
  async function persistently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (failure) {
        const again = failure instanceof Problem && failure.isWorthAPause && attempt < REFRESH_ATTEMPTS;
        if (!again) throw failure;
        const backoff = 250 * 2 ** attempt * (0.5 + parts.random());
        await sleep(clock, Math.max(failure.retryAfterMs ?? 0, failure.isOffline ? 50 : backoff));
      }
    }
  }

  /** Leaves `signed-in`, and takes what is on disk along; never the other way round. */
  function end(event: SessionEvent): void {
    if (!leave(event)) return;
    // A failing delete leaves a token that the server has already refused to honour.
    vault.clear().catch(() => undefined);
  }

  function leave(event: SessionEvent): boolean {
    const before = state;
    dispatch(event);
    if (state === before || state.phase !== 'signed-out') return false;
    if (event.type === 'signed-out') channel.post({ type: 'ended', reason: event.reason });
    return true;
  }

  /** The stored token is the newest one; the one in memory serves while the store is locked. */
  async function newestToken(): Promise<string | null> {
    const stored = await vault.read().catch(() => null);
    return (stored && tokenIn(stored)) ?? refreshToken;
  }

  async function revoke(token: string | null): Promise<void> {
    try {
      await exchange.revoke(token);
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.action !== 'reauth') throw failure;
    }
  }

  /** Where the token lies here: out of the store at once, and the server is told as well as can be. */
  async function signOutHere(): Promise<void> {
    const token = await newestToken();
    const isForgotten = await vault.clear().then(
      () => true,
      () => false,
    );
    if (isForgotten) {
      leave({ type: 'signed-out', reason: 'signed-out' });
      await revoke(token).catch(() => undefined);
      return;
    }
    // The next start would find the token again: only the server can make sure that it is worth nothing.
    await revoke(token).catch(() => {
      throw storeProblem();
    });
    leave({ type: 'signed-out', reason: 'signed-out' });
  }

  async function signOutAtServer(): Promise<void> {
    await revoke(null);
    end({ type: 'signed-out', reason: 'signed-out' });
  }

  channel.listen((message: ChannelMessage) => {
    switch (message.type) {
      case 'refreshed':
        if (state.phase === 'signed-in') renew(message.expiresIn);
        return;
      case 'signed-in':
        dispatch({ type: 'signed-in' });
        renew(message.expiresIn);
        return;
      case 'ended':
        dispatch({ type: 'signed-out', reason: message.reason === 'deleted' ? 'deleted' : 'elsewhere' });
    }
  });

  return {
    state: () => state,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ticket: (): Ticket => ({ isSignedIn: state.phase === 'signed-in', epoch: state.epoch, generation, accessToken }),
    isCurrent,
    stepUp,
    refreshDueAt: () => refreshDueAt,

    /** Resolves while the store cannot be read too: the state then says so, and this may be called again. */
    async restore(): Promise<void> {
      if (state.phase !== 'restoring') return;
      try {
        const stored = await readVault();
        dispatch({ type: 'restored', hasCredentials: stored.kind !== 'none' });
        if (isCurrent(state.epoch)) refreshToken ??= tokenIn(stored);
      } catch {
        // Said by the state.
      }
    },

    /** Resolves when the tokens are newer than `seen`; rejects without ending anything otherwise. */
    refresh(seen: number): Promise<void> {
      if (generation !== seen) return Promise.resolve();
      const { epoch } = state;
      if (running?.epoch === epoch) return running.settled;
      const settled = lock.run(() => rotate(seen)).finally(() => {
        if (running?.settled === settled) running = null;
      });
      running = { epoch, settled };
      return settled;
    },

    /** The server has refused the access token of this generation. */
    refused(seen: number): void {
      if (seen === generation) refusedGeneration = seen;
    },

    /** Resolves at once while the access token is good, else when the refresh under way is over. */
    async ready(): Promise<void> {
      const isOver = expiresAt !== null && clock.now() >= expiresAt;
      if (isOver || refusedGeneration === generation) await running?.settled.catch(() => undefined);
    },

    /** Resolves when no refresh is under way, however it went. */
    async settled(): Promise<void> {
      await running?.settled.catch(() => undefined);
    },

    async signedIn(grant: Grant): Promise<void> {
      try {
        await vault.write(grant, () => true);
      } catch {
        // Nobody would ever use the session that the server has just begun.
        await exchange.revoke(grant.refreshToken).catch(() => undefined);
        throw storeProblem();
      }
      dispatch({ type: 'signed-in' });
      adopt(grant);
      channel.post({ type: 'signed-in', expiresIn: grant.expiresIn });
    },

    /** Rejects, and leaves everything as it was, when neither the store nor the server forgot the token. */
    async signOut(): Promise<void> {
      isSigningOut = true;
      try {
        await (parts.isRevocationRequired ? signOutAtServer() : signOutHere());
      } finally {
        isSigningOut = false;
      }
    },

    async accountDeleted(): Promise<void> {
      end({ type: 'signed-out', reason: 'deleted' });
      // Only tidies the cookies of a session that is already gone.
      await exchange.revoke(null).catch(() => undefined);
    },

    answered(epoch: number, problem: Problem): void {
      end({ type: 'answered', epoch, action: problem.action, code: problem.code });
    },
  };
}

function tokenIn(stored: Stored): string | null {
  return stored.kind === 'token' ? stored.token : null;
}
