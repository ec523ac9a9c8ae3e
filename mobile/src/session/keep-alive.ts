/** Refreshes ahead of time while someone is looking, and at once when the app comes back. */
import type { Clock } from './clock';
import type { Engine } from './engine';

/** Tells when the app is in front; calls back with each change. */
export type Foreground = { isActive(): boolean; listen(change: () => void): () => void };

const PAUSE_AFTER_FAILURE_MS = 20_000;

export function keepAlive(engine: Engine, clock: Clock, foreground: Foreground): () => void {
  let cancel: () => void = () => undefined;
  let notBefore = 0;

  function plan(): void {
    cancel();
    const dueAt = engine.refreshDueAt();
    if (engine.state().phase !== 'signed-in' || dueAt === null || !foreground.isActive()) return;
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
