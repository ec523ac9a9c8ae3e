/** All tabs of this origin share one turn, through the browser's Web Locks. */
import { createQueue, type Lock } from '../engine/lock';

const NAME = 'latchkey-session';

/** Longer than most refreshes take. Two at once are harmless: the server answers both with one pair. */
const PATIENCE_MS = 15_000;

/** A tab that the browser has suspended keeps its turn for ever, so the turn is taken from it in the end. */
export function createLock(patienceMs = PATIENCE_MS): Lock {
  // Browsers from before 2022 have no Web Locks; the server's grace period covers their races.
  if (typeof navigator === 'undefined' || !navigator.locks) return createQueue();
  return {
    run: <T>(work: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        let hasTurn = false;
        const waiting = new AbortController();
        // Not the same for all, so that one tab steals and the others are served after it.
        const timer = setTimeout(() => waiting.abort(), patienceMs * (1 + Math.random()));
        const turn = async () => {
          hasTurn = true;
          clearTimeout(timer);
          // What the previous holder announced is still in the event queue: hear it first.
          await new Promise((heard) => setTimeout(heard, 0));
          await work().then(resolve, reject);
        };
        navigator.locks
          .request(NAME, { signal: waiting.signal }, turn)
          .catch(async () => {
            // Once begun, the work settles on its own, even if another tab takes the turn meanwhile.
            if (!hasTurn) await navigator.locks.request(NAME, { steal: true }, turn);
          })
          .catch((failure: unknown) => {
            if (!hasTurn) reject(failure);
          });
      }),
  };
}
