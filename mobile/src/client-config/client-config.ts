/** What the service offers, as it says itself. Screens show that and nothing else. */
import { QueryClient, queryOptions, useQuery } from '@tanstack/react-query';

import type { ClientConfig } from '@/api/generated/latchkey';
import { problemFrom } from '@/api/read-problem';
import { readPreference, writePreference } from '@/preferences/stored';
import { http } from '@/session/app-session';

import { readConfig } from './read-config';

const STORED = 'client-config';
const GOOD_FOR_MS = 60_000;

/** Apart from the cache of each session: it concerns nobody in particular. */
const configClient = new QueryClient();

async function fetchConfig({ signal }: { signal: AbortSignal }): Promise<ClientConfig> {
  const config = readConfig(await http.call({ url: '/api/v1/config', signal }));
  if (!config) throw problemFrom(200, null, {});
  writePreference(STORED, JSON.stringify(config));
  return config;
}

/** What it said last time, so that a returning visitor sees no page change under their eyes. */
function lastKnown(): ClientConfig | undefined {
  try {
    return readConfig(JSON.parse(readPreference(STORED) ?? 'null')) ?? undefined;
  } catch {
    return undefined;
  }
}

const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: fetchConfig,
  networkMode: 'always',
  initialData: lastKnown,
  initialDataUpdatedAt: 0,
  staleTime: GOOD_FOR_MS,
  gcTime: Infinity,
});

/** Asks before the first screen needs it; nothing waits for the answer. */
export function loadClientConfig(): void {
  void configClient.prefetchQuery(configQuery);
}

/** Null until the service has said something. */
export function useClientConfig(): ClientConfig | null {
  return useQuery(configQuery, configClient).data ?? null;
}
