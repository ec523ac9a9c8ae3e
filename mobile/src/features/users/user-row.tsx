import type { User } from '@/api/generated/latchkey';
import { formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Avatar, Badge, ListLink } from '@/ui';

export function UserRow({ user, isFirst }: { user: User; isFirst: boolean }) {
  const { t, language } = useTranslation();
  return (
    <ListLink
      href={{ pathname: '/admin/users/[id]', params: { id: String(user.id) } }}
      title={user.email}
      detail={t('users.joined', { date: formatDate(user.created_at, language) })}
      isFirst={isFirst}
      leading={<Avatar email={user.email} />}
      badge={
        user.is_active ? (
          user.role === 'admin' && <Badge label={t('role.admin')} tone="accent" />
        ) : (
          <Badge label={t('status.inactive')} tone="warning" />
        )
      }
    />
  );
}
