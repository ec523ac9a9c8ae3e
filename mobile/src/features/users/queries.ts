import { useMutation, useQuery } from '@tanstack/react-query';

import {
  cancelFactorReset,
  getUser,
  listUsers,
  listUserSessions,
  endUserSessions,
  resendInvitation,
  startFactorReset,
  updateUser,
  withdrawInvitation,
  type Changes,
  type User,
} from '@/api/generated/latchkey';
import { queryClient } from '@/api/query-client';

import { hasRow, withRow, type Pages } from '../lists/pages';
import { useLongList } from '../lists/use-long-list';
import { admits, type UserFilter } from './user-filter';

const PAGE = 30;

export function useUsers(filter: UserFilter) {
  return useLongList<User>(['users', filter], (cursor, signal) =>
    listUsers({ ...filter, limit: PAGE, ...(cursor !== null && { cursor }) }, { signal }),
  );
}

export function useUser(id: number) {
  return useQuery({
    queryKey: ['user', id],
    queryFn: async ({ signal }) => {
      const user = await getUser(id, { signal });
      showInLists(user);
      return user;
    },
  });
}

export function useUserSessions(id: number) {
  return useQuery({ queryKey: ['user', id, 'sessions'], queryFn: ({ signal }) => listUserSessions(id, { signal }) });
}

export function useUpdateUser(id: number) {
  return useMutation({
    mutationFn: (change: Pick<Changes, 'role' | 'is_active' | 'password'>) => updateUser(id, change),
    onSuccess: (user) => {
      showInLists(user);
      queryClient.setQueryData(['user', id], user);
    },
    onSettled: () => reload(id),
  });
}

export function useRevokeUserSessions(id: number) {
  return useMutation({ mutationFn: () => endUserSessions(id), onSettled: () => reload(id) });
}

export function useResendInvitation(id: number) {
  return useMutation({ mutationFn: () => resendInvitation(id), onSettled: () => reload(id) });
}

/** The account is gone then. */
export function useWithdrawInvitation(id: number) {
  return useMutation({
    mutationFn: () => withdrawInvitation(id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['users'] }),
  });
}

/** The factors go after 24 hours. */
export function useStartFactorReset(id: number) {
  return useMutation({
    mutationFn: () => startFactorReset(id),
    onSuccess: (user) => queryClient.setQueryData(['user', id], user),
    onSettled: () => reload(id),
  });
}

export function useCancelFactorReset(id: number) {
  // The reload is not waited for: it takes away what is to hear of the success.
  return useMutation({ mutationFn: () => cancelFactorReset(id), onSettled: () => void reload(id) });
}

const reload = (id: number) => queryClient.invalidateQueries({ queryKey: ['user', id] });

/** Writes a user into the lists that were read. One that should show them from now on is read anew. */
function showInLists(user: User): void {
  const before = queryClient.getQueryData<User>(['user', user.id]);
  for (const { queryKey, state } of queryClient.getQueryCache().findAll({ queryKey: ['users'] })) {
    const pages = state.data as Pages<User> | undefined;
    const filter = queryKey[1] as UserFilter;
    const isAdmitted = admits(filter, user);
    if (!pages) continue;
    if (hasRow(pages, user.id)) {
      queryClient.setQueryData(queryKey, withRow(pages, user.id, isAdmitted ? user : null));
    } else if (before && isAdmitted && !admits(filter, before)) {
      void queryClient.resetQueries({ queryKey, exact: true });
    }
  }
}
