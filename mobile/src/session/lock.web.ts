/** All tabs of this origin share one turn, through the browser's Web Locks. */
import { createLock as createLocalLock, type Lock } from './lock.native';

export function createLock(): Lock {
  // Browsers from before 2022 have no Web Locks; the server's grace period covers their races.
  if (typeof navigator === 'undefined' || !navigator.locks) return createLocalLock();
  return {
    run: async <T>(work: () => Promise<T>): Promise<T> => {
      const turn = await navigator.locks.request('latchkey-session', async () => {
        // What the previous holder announced is still in the event queue: hear it first.
        await new Promise((resolve) => setTimeout(resolve, 0));
        return { result: await work() };
      });
      return turn.result;
    },
  };
}
