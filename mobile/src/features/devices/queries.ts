import { useMutation, useQuery } from '@tanstack/react-query';

import { listSessions, revokeOtherSessions, revokeSession } from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';

const sessionsKey = ['sessions'] as const;

const reload = () => queryClient.invalidateQueries({ queryKey: sessionsKey });

export function useSessions() {
  return useQuery({
    queryKey: sessionsKey,
    queryFn: ({ signal }) => listSessions({ signal }),
    refetchInterval: 15_000,
  });
}

export function useRevokeSession() {
  return useMutation({ mutationFn: (id: string) => revokeSession(id), onSettled: reload });
}

export function useRevokeOtherSessions() {
  return useMutation({ mutationFn: () => revokeOtherSessions(), onSettled: reload });
}
