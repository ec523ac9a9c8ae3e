import type { User } from '@/api/generated/latchkey';
import { useClientConfig } from '@/client-config/client-config';
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
      badge={<UserBadge user={user} />}
    />
  );
}

/** The one thing to know first. */
function UserBadge({ user }: { user: User }) {
  const { t } = useTranslation();
  const hasMail = useClientConfig()?.mail ?? false;
  if (!user.is_active) return <Badge label={t('status.inactive')} tone="warning" />;
  if (user.invited_at != null) return <Badge label={t('user.invited')} tone="warning" />;
  if (user.email_bounced_at != null) return <Badge label={t('user.bounced')} tone="danger" />;
  if (user.role === 'admin') return <Badge label={t('role.admin')} tone="accent" />;
  return hasMail && user.email_verified_at == null ? <Badge label={t('user.unproved')} /> : null;
}
