/** The filter of the list of users, as its address says it. */
import type { ListUsersParams, Role, User } from '@/api/generated/latchkey';

export type UserFilter = Pick<ListUsersParams, 'email_contains' | 'is_active' | 'role'>;

export const STATUSES = ['all', 'active', 'inactive'] as const;
export const ROLES = ['any', 'user', 'admin'] as const satisfies readonly (Role | 'any')[];

type Choices = { search: string; status: (typeof STATUSES)[number]; role: (typeof ROLES)[number] };

/** Whatever an address says: what is not a choice of ours is none. */
export type UserParams = { search?: string | string[]; status?: string | string[]; role?: string | string[] };

export function readChoices({ search, status, role }: UserParams): Choices {
  return {
    search: (typeof search === 'string' ? search : '').trim(),
    status: STATUSES.find((one) => one === status) ?? 'all',
    role: ROLES.find((one) => one === role) ?? 'any',
  };
}

export function filterOf({ search, status, role }: Choices): UserFilter {
  return {
    ...(search !== '' && { email_contains: search }),
    ...(status !== 'all' && { is_active: status === 'active' }),
    ...(role !== 'any' && { role }),
  };
}

/** Whether what can be changed of a user lets the filter show them. */
export const admits = (filter: UserFilter, user: User): boolean =>
  (filter.is_active ?? user.is_active) === user.is_active && (filter.role ?? user.role) === user.role;
