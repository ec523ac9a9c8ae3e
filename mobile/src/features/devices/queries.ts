import { useMutation, useQuery } from '@tanstack/react-query';

import { listOwnSessions, endOtherSessions, endOwnSession } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';

const sessionsKey = ['sessions'] as const;

const reload = () => queryClient.invalidateQueries({ queryKey: sessionsKey });

export function useSessions() {
  return useQuery({
    queryKey: sessionsKey,
    queryFn: ({ signal }) => listOwnSessions({ signal }),
    refetchInterval: 15_000,
  });
}

export function useRevokeSession() {
  return useMutation({ mutationFn: (id: string) => endOwnSession(id), onSettled: reload });
}

export function useRevokeOtherSessions() {
  return useMutation({ mutationFn: () => endOtherSessions(), onSettled: reload });
}
