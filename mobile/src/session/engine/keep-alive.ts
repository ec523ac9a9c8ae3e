/**
 * Refreshes ahead of time while someone is looking, and at once when the app comes back. Also reads
 * a locked store again until it opens.
 */
import { Problem } from './problem';

import type { Clock } from './clock';
import type { Engine } from './engine';

/** Tells when the app is in front; calls back with each change. */
export type Foreground = { isActive(): boolean; listen(change: () => void): () => void };

const PAUSE_AFTER_FAILURE_MS = 20_000;
const LONGEST_PAUSE_AFTER_FAILURE_MS = 120_000;

/** Whatever lifetime a server promises, it is not asked more often than this. */
const PAUSE_AFTER_SUCCESS_MS = 1_000;

/** A keychain opens within moments of the phone being unlocked. */
const PAUSE_BEFORE_READING_AGAIN_MS = 2_000;

/** Timers overflow after 24 days and then fire at once. */
const LONGEST_TIMER_MS = 3_600_000;

export function keepAlive(engine: Engine, clock: Clock, foreground: Foreground): () => void {
  let cancel: () => void = () => undefined;
  let notBefore = 0;
  let isRefreshing = false;
  let isStopped = false;

  function plan(): void {
    cancel();
    cancel = () => undefined;
    const state = engine.state();
    if (isStopped || isRefreshing || !foreground.isActive()) return;
    if (state.phase === 'restoring' && state.isStoreUnreadable) {
      cancel = clock.after(PAUSE_BEFORE_READING_AGAIN_MS, () => void engine.restore().then(plan));
      return;
    }
    const dueAt = engine.refreshDueAt();
    if (state.phase !== 'signed-in' || dueAt === null) return;
    const wait = Math.max(dueAt, notBefore) - clock.now();
    if (wait > 0) cancel = clock.after(Math.min(wait, LONGEST_TIMER_MS), plan);
    else void refresh();
  }

  /** However it settles, and whoever else asked for it, the next one is planned. */
  async function refresh(): Promise<void> {
    isRefreshing = true;
    const pause = await engine.refresh(engine.ticket().generation).then(() => PAUSE_AFTER_SUCCESS_MS, pauseAfter);
    isRefreshing = false;
    notBefore = clock.now() + pause;
    plan();
  }

  function onChange(): void {
    if (engine.state().phase === 'restoring' && foreground.isActive()) void engine.restore();
    notBefore = 0;
    plan();
  }

  const stops = [engine.subscribe(plan), foreground.listen(onChange)];
  plan();
  return () => {
    isStopped = true;
    cancel();
    stops.forEach((stop) => stop());
  };
}

function pauseAfter(failure: unknown): number {
  const asked = failure instanceof Problem ? (failure.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(asked, PAUSE_AFTER_FAILURE_MS), LONGEST_PAUSE_AFTER_FAILURE_MS);
}
