import { useQuery } from '@tanstack/react-query';

import { getFactors, getOwnUser } from '@/api/generated/latchkey';

export const meKey = ['me'] as const;
export const factorsKey = ['factors'] as const;

/** Often enough that a session ended from another device is noticed while someone looks on. */
const WATCH_EVERY_MS = 10_000;

export function useMe() {
  return useQuery({ queryKey: meKey, queryFn: ({ signal }) => getOwnUser({ signal }), refetchInterval: WATCH_EVERY_MS });
}

export function useFactors() {
  return useQuery({
    queryKey: factorsKey,
    queryFn: ({ signal }) => getFactors({ signal }),
    refetchInterval: 15_000,
  });
}
