import { StyleSheet, useWindowDimensions, View } from 'react-native';

import type { User } from '@/api/generated/latchkey';
import { formatDate } from '@/i18n/dates';
import { useTranslation } from '@/i18n/use-translation';
import { Avatar, Badge, Card, Icon, ListLink, Page, space, Text, WIDE_FROM } from '@/ui';

import { QueryView } from '../problems/query-view';
import { Preferences } from '../shell/preferences';
import { SignOutButton } from '../shell/sign-out-button';
import { AddressNotices } from './address-notices';
import { useMe } from './queries';

export function HomeScreen() {
  const { t } = useTranslation();
  const me = useMe();
  const isWide = useWindowDimensions().width >= WIDE_FROM;
  return (
    <Page title={t('home.title')}>
      <QueryView query={me} skeletonRows={2}>
        {(user) => <Account user={user} />}
      </QueryView>
      <Card title={t('preferences.title')}>
        <Preferences />
      </Card>
      {!isWide && <SignOutButton />}
    </Page>
  );
}

function Account({ user }: { user: User }) {
  const { t, language } = useTranslation();
  return (
    <>
      <AddressNotices user={user} />
      <Card>
        <View style={styles.who}>
          <Avatar email={user.email} size={64} />
          <View style={styles.words}>
            <Text variant="title" lines={1}>
              {t('home.greeting', { name: user.email.split('@')[0] ?? user.email })}
            </Text>
            <Text tone="muted" lines={1}>
              {user.email}
            </Text>
            <View style={styles.facts}>
              <Badge label={t(`role.${user.role}`)} tone="accent" />
              <Text variant="small" tone="muted">
                {t('home.memberSince', { date: formatDate(user.created_at, language) })}
              </Text>
            </View>
          </View>
        </View>
      </Card>
      <Card title={t('home.security')} isFlush>
        <ListLink
          href="/account/email"
          title={t('home.email')}
          detail={user.email}
          leading={<Icon glyph="mail" tone="muted" />}
        />
        <ListLink
          href="/account/security"
          title={t('home.factors')}
          detail={t(user.second_factor_at == null ? 'home.factorsOff' : 'home.factorsOn')}
          leading={<Icon glyph="shield" tone="muted" />}
        />
        <ListLink
          href="/account/password"
          title={t('home.password')}
          detail={t('home.passwordDetail')}
          leading={<Icon glyph="key" tone="muted" />}
        />
        <ListLink
          href="/devices"
          title={t('home.devices')}
          detail={t('home.devicesDetail')}
          leading={<Icon glyph="devices" tone="muted" />}
        />
        <ListLink
          href="/account/activity"
          title={t('home.activity')}
          detail={t('home.activityDetail')}
          leading={<Icon glyph="list" tone="muted" />}
        />
        <ListLink
          href="/account/delete"
          title={t('home.delete')}
          detail={t('home.deleteDetail')}
          tone="danger"
          leading={<Icon glyph="trash" tone="danger" />}
        />
      </Card>
    </>
  );
}

const styles = StyleSheet.create({
  who: { flexDirection: 'row', alignItems: 'center', gap: space.lg },
  words: { flex: 1, minWidth: 0, gap: 2 },
  facts: { flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', gap: space.xs, paddingTop: space.xxs },
});
