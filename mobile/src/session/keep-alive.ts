/**
 * Refreshes ahead of time while someone is looking, and at once when the app comes back. Also reads
 * a locked store again until it opens.
 */
import type { Clock } from './clock';
import type { Engine } from './engine';

/** Tells when the app is in front; calls back with each change. */
export type Foreground = { isActive(): boolean; listen(change: () => void): () => void };

const PAUSE_AFTER_FAILURE_MS = 20_000;

/** A keychain opens within moments of the phone being unlocked. */
const PAUSE_BEFORE_READING_AGAIN_MS = 2_000;

export function keepAlive(engine: Engine, clock: Clock, foreground: Foreground): () => void {
  let cancel: () => void = () => undefined;
  let notBefore = 0;

  function plan(): void {
    cancel();
    const state = engine.state();
    if (!foreground.isActive()) return;
    if (state.phase === 'restoring' && state.isStoreUnreadable) {
      cancel = clock.after(PAUSE_BEFORE_READING_AGAIN_MS, () => void engine.restore().then(plan));
      return;
    }
    const dueAt = engine.refreshDueAt();
    if (state.phase !== 'signed-in' || dueAt === null) return;
    const wait = Math.max(dueAt, notBefore) - clock.now();
    cancel = wait > 0 ? clock.after(wait, plan) : () => undefined;
    if (wait <= 0) refresh();
  }

  function refresh(): void {
    if (engine.isRefreshing()) return;
    engine.refresh(engine.ticket().generation).catch(() => {
      notBefore = clock.now() + PAUSE_AFTER_FAILURE_MS;
      plan();
    });
  }

  function onChange(): void {
    if (engine.state().phase === 'restoring' && foreground.isActive()) void engine.restore();
    notBefore = 0;
    plan();
  }

  const stops = [engine.subscribe(plan), foreground.listen(onChange)];
  plan();
  return () => {
    cancel();
    stops.forEach((stop) => stop());
  };
}
