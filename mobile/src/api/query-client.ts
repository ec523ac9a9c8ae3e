/** How reads are repeated and kept, and for whom. */
import { hashKey, QueryClient } from '@tanstack/react-query';

import { Problem } from '@/session/engine/problem';

const RETRIES = 2;

let epoch = 0;

/** From here on nothing is found that was read in another session, not even by a screen that stays. */
export function startCacheOf(sessionEpoch: number): void {
  epoch = sessionEpoch;
  queryClient.clear();
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A paused query would look like one that loads for ever; a failed one can say why.
      networkMode: 'always',
      refetchOnReconnect: true,
      staleTime: 5_000,
      queryKeyHashFn: (key) => hashKey([epoch, ...key]),
      // A longer wait is shown, with a button: grey bars would say nothing.
      retry: (failures, failure) => failures < RETRIES && failure instanceof Problem && failure.isWorthAPause,
      retryDelay: (attempt, failure) =>
        (failure instanceof Problem ? failure.retryAfterMs : undefined) ?? 400 * 2 ** attempt,
    },
    // A change is repeated by whoever asked for it, never behind their back.
    mutations: { networkMode: 'always', retry: false },
  },
});
