import { View } from 'react-native';

import { formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Avatar, Badge, Card, EmptyState, ListLink } from '@/ui';

import { MoreRow } from '../problems/more-row';
import { QueryView } from '../problems/query-view';
import type { useUsers } from './queries';

type UserListProps = { users: ReturnType<typeof useUsers>; onMore: () => void };

export function UserList({ users, onMore }: UserListProps) {
  const { t, language } = useTranslation();
  return (
    <Card isFlush>
      <QueryView query={users} skeletonRows={6}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) {
            return (
              <EmptyState glyph="users" title={t('users.noneTitle')}>
                {t('users.noneText')}
              </EmptyState>
            );
          }
          return (
            <View role="list" aria-label={t('users.title')}>
              {items.map((user, index) => (
                <View role="listitem" key={user.id}>
                  <ListLink
                    href={{ pathname: '/admin/users/[id]', params: { id: String(user.id) } }}
                    title={user.email}
                    detail={t('users.joined', { date: formatDate(user.created_at, language) })}
                    isFirst={index === 0}
                    leading={<Avatar email={user.email} />}
                    badge={
                      user.is_active ? (
                        user.role === 'admin' && <Badge label={t('role.admin')} tone="accent" />
                      ) : (
                        <Badge label={t('status.inactive')} tone="warning" />
                      )
                    }
                  />
                </View>
              ))}
            </View>
          );
        }}
      </QueryView>
      {users.data && <MoreRow query={users} onMore={onMore} endText={t('users.end')} />}
    </Card>
  );
}
