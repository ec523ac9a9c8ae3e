import { listAuditEvents, type AuditEvent, type ListAuditEventsParams } from '@/api/generated/latchkey';

import { useLongList } from '../lists/use-long-list';

const PAGE = 40;

export type AuditFilter = Pick<ListAuditEventsParams, 'user_id' | 'kind'>;

export function useAuditEvents(filter: AuditFilter) {
  return useLongList<AuditEvent>(['audit', filter], (cursor, signal) =>
    listAuditEvents({ ...filter, limit: PAGE, ...(cursor !== null && { cursor }) }, { signal }),
  );
}
