import { StyleSheet, View } from 'react-native';

import type { User } from '@/api/generated/latchkey';
import { useClientConfig } from '@/client-config/client-config';
import { formatMoment } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Avatar, Badge, Card, Icon, ListLink, Page, space, Text } from '@/ui';

import { useMe } from '../account/queries';
import { QueryView } from '../problems/query-view';
import { useUser } from './queries';
import { UserFactors } from './user-factors';
import { UserInvitation } from './user-invitation';
import { UserPassword } from './user-password';
import { UserRole } from './user-role';
import { UserSessions } from './user-sessions';
import { UserStatus } from './user-status';

export function UserScreen({ id }: { id: number }) {
  const { t } = useTranslation();
  const user = useUser(id);
  return (
    <Page title={user.data?.email ?? t('user.title')} up={{ href: '/admin/users', label: t('users.title') }}>
      <QueryView query={user}>{(found) => <Details user={found} />}</QueryView>
    </Page>
  );
}

function Details({ user }: { user: User }) {
  const { t, language } = useTranslation();
  const config = useClientConfig();
  const isSelf = useMe().data?.id === user.id;
  return (
    <>
      <Card>
        <View style={styles.who}>
          <Avatar email={user.email} size={64} />
          <View style={styles.words}>
            <View style={styles.badges}>
              <Badge label={t(`role.${user.role}`)} tone={user.role === 'admin' ? 'accent' : 'neutral'} />
              <Badge
                label={user.is_active ? t('status.active') : t('status.inactive')}
                tone={user.is_active ? 'accent' : 'warning'}
              />
              {isSelf && <Badge label={t('user.you')} />}
              {user.invited_at != null && <Badge label={t('user.invited')} tone="warning" />}
              {user.email_bounced_at != null && <Badge label={t('user.bounced')} tone="danger" />}
            </View>
            <Fact label={t('user.id')} value={String(user.id)} />
            <Fact label={t('user.created')} value={formatMoment(user.created_at, language)} />
            <Fact label={t('user.updated')} value={formatMoment(user.updated_at, language)} />
            <Fact
              label={t('user.proved')}
              value={user.email_verified_at == null ? t('user.provedNever') : formatMoment(user.email_verified_at, language)}
            />
            <Fact
              label={t('user.factors')}
              value={user.second_factor_at == null ? t('user.factorsOff') : t('user.factorsSince', { when: formatMoment(user.second_factor_at, language) })}
            />
            {user.email_bounced_at != null && (
              <Fact label={t('user.bouncedAt')} value={formatMoment(user.email_bounced_at, language)} />
            )}
          </View>
        </View>
      </Card>
      {user.invited_at != null && <UserInvitation user={user} invitedAt={user.invited_at} />}
      <UserSessions user={user} />
      <UserRole user={user} />
      {config?.mail === false && !isSelf && <UserPassword user={user} />}
      {user.second_factor_at != null && !isSelf && <UserFactors user={user} onSince={user.second_factor_at} />}
      <UserStatus user={user} />
      <Card isFlush>
        <ListLink
          isFirst
          href={{ pathname: '/admin/audit', params: { user: String(user.id) } }}
          title={t('user.auditTrail')}
          leading={<Icon glyph="list" tone="muted" />}
        />
      </Card>
    </>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <Text variant="small">
      <Text variant="small" tone="muted">
        {`${label}: `}
      </Text>
      {value}
    </Text>
  );
}

const styles = StyleSheet.create({
  who: { flexDirection: 'row', alignItems: 'center', gap: space.lg },
  words: { flex: 1, minWidth: 0, gap: 2 },
  badges: { flexDirection: 'row', flexWrap: 'wrap', gap: space.xs, paddingBottom: space.xs },
});
