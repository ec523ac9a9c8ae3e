import { useInfiniteQuery } from '@tanstack/react-query';

import { listAuditEvents, type ListAuditEventsParams } from '@/api/generated/latchkey';

const PAGE = 40;

export type AuditFilter = Pick<ListAuditEventsParams, 'user_id' | 'kind'>;

export function useAuditEvents(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      listAuditEvents({ ...filter, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
  });
}
