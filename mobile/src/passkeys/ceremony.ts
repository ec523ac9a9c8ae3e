/** The ceremonies between the service, this device and whoever holds the passkey. */
import '@/i18n/passkeys/add';

import { monotonicClock } from '@/session/engine/clock';
import { Problem } from '@/session/engine/problem';
import { foreground } from '@/session/platform/foreground';

import { createPasskey, forgetPasskey, getAutofilled, getPasskey } from './authenticator';

export { tellAccepted } from './authenticator';

/** A challenge of the service, and what it asks of the device. */
export type Offer = { flow: string; options: unknown };

/** What a passkey made of an offer. */
export type Answer = { flow: string; credential: unknown };

export type Begin = () => Promise<Offer>;
export type Deliver<T> = (answer: Answer) => Promise<T>;

/** Challenges live five minutes. */
const RENEWED_AFTER_MS = 240_000;

/** Makes a passkey. */
export async function register<T>(begin: Begin, deliver: Deliver<T>): Promise<T> {
  const { flow, options } = await begin();
  return deliver({ flow, credential: await createPasskey(options) });
}

/** Proves by a passkey who is there. */
export async function prove<T>(begin: Begin, deliver: Deliver<T>): Promise<T> {
  const offer = await begin();
  return hand(offer, await getPasskey(offer.options), deliver);
}

/** What was picked among the suggestions of a field. */
export type Pick = <T>(deliver: Deliver<T>) => Promise<T>;

/** Has a field suggest passkeys until the returned function is called. A courtesy: where it fails, it ends. */
export function suggest(begin: Begin, onPick: (pick: Pick) => void): () => void {
  let round = new AbortController();
  let startedAt = 0;
  let cancelTimer: () => void = () => undefined;

  async function start(): Promise<void> {
    round.abort();
    const own = new AbortController();
    round = own;
    startedAt = monotonicClock.now();
    cancelTimer();
    cancelTimer = monotonicClock.after(RENEWED_AFTER_MS, renew);
    try {
      const offer = await begin();
      const credential = await getAutofilled(offer.options, own.signal);
      onPick((deliver) => hand(offer, credential, deliver));
    } catch {
      return;
    }
  }

  function renew(): void {
    if (foreground.isActive() && monotonicClock.now() - startedAt >= RENEWED_AFTER_MS) void start();
  }

  const ignore = foreground.listen(renew);
  void start();
  return () => {
    ignore();
    cancelTimer();
    round.abort();
  };
}

/** Has the device forget a passkey that no account has any more. */
async function hand<T>({ flow, options }: Offer, credential: unknown, deliver: Deliver<T>): Promise<T> {
  try {
    return await deliver({ flow, credential });
  } catch (failure) {
    if (failure instanceof Problem && failure.code === 'passkey_unknown') {
      const { rpId } = options as { rpId: string };
      await forgetPasskey(rpId, (credential as { id: string }).id);
    }
    throw failure;
  }
}
