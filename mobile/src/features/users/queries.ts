import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';

import {
  getUser,
  listUsers,
  listUserSessions,
  endUserSessions,
  updateUser,
  type ListUsersParams,
  type Changes,
} from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';

const PAGE = 30;

export type UserFilter = Pick<ListUsersParams, 'email_contains' | 'is_active' | 'role'>;

export function useUsers(filter: UserFilter) {
  return useInfiniteQuery({
    queryKey: ['users', filter],
    queryFn: ({ pageParam, signal }) =>
      listUsers({ ...filter, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
    // While a search is typed, the list before stays instead of blinking.
    placeholderData: keepPreviousData,
  });
}

export function useUser(id: number) {
  return useQuery({ queryKey: ['user', id], queryFn: ({ signal }) => getUser(id, { signal }) });
}

export function useUserSessions(id: number) {
  return useQuery({ queryKey: ['user', id, 'sessions'], queryFn: ({ signal }) => listUserSessions(id, { signal }) });
}

export function useUpdateUser(id: number) {
  return useMutation({
    mutationFn: (change: Pick<Changes, 'role' | 'is_active'>) => updateUser(id, change),
    onSuccess: (user) => queryClient.setQueryData(['user', id], user),
    onSettled: () => reload(id),
  });
}

export function useRevokeUserSessions(id: number) {
  return useMutation({ mutationFn: () => endUserSessions(id), onSettled: () => reload(id) });
}

async function reload(id: number): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ['user', id] }),
    queryClient.invalidateQueries({ queryKey: ['users'] }),
  ]);
}
