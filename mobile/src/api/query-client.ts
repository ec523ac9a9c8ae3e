/** How reads are repeated and kept. */
import { QueryClient } from '@tanstack/react-query';

import { Problem } from './problem';

const RETRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A paused query would look like one that loads for ever; a failed one can say why.
      networkMode: 'always',
      refetchOnReconnect: true,
      staleTime: 5_000,
      retry: (failures, failure) => failures < RETRIES && failure instanceof Problem && failure.isTransient,
      retryDelay: (attempt, failure) =>
        (failure instanceof Problem ? failure.retryAfterMs : undefined) ?? 400 * 2 ** attempt,
    },
    // A change is repeated by whoever asked for it, never behind their back.
    mutations: { networkMode: 'always', retry: false },
  },
});
