import { keepPreviousData, useInfiniteQuery, useQuery, type QueryKey } from '@tanstack/react-query';

import { queryClient } from '@/api/query-client';

import { withNewest, type Pages, type Row, type RowPage } from './pages';

/** How long the pages of a list stay for whoever comes back to it. */
const KEPT_MS = 30 * 60_000;

type Read<T extends Row> = (cursor: string | null, signal: AbortSignal) => Promise<RowPage<T>>;

export type LongList<T extends Row> = ReturnType<typeof useLongList<T>>;

/**
 * A list that is read page by page. Coming back to it, to the window or to the network reads the
 * first page at most: React Query would read again every page that was ever scrolled to.
 */
export function useLongList<T extends Row>(key: QueryKey, read: Read<T>) {
  const newestKey = ['newest', ...key];
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam, signal }) => {
      const page = await read(pageParam, signal);
      if (pageParam === null) queryClient.setQueryData(newestKey, page);
      return page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    // While a search is typed, the list before stays instead of blinking.
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: KEPT_MS,
  });
  useQuery({
    queryKey: newestKey,
    queryFn: async ({ signal }) => {
      const newest = await read(null, signal);
      queryClient.setQueryData<Pages<T>>(key, (known) => known && withNewest(known, newest));
      return newest;
    },
    enabled: list.data !== undefined && !list.isPlaceholderData,
    gcTime: KEPT_MS,
  });

  const readMore = () => void list.fetchNextPage();
  return {
    ...list,
    rows: list.data?.pages.flatMap(({ items }) => items) ?? [],
    readMore,
    /** For scrolling, which asks again and again: waits for a page under way, and for a person after a failure. */
    readMoreOnce: () => {
      if (list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError) readMore();
    },
  };
}
