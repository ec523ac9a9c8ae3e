import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { useSession } from '@/session/use-session';
import { Page, TextLink, useTheme } from '@/ui';

import { RestoreScreen } from './restore-screen';
import { Shell } from './shell';

/** Inside the signed-in frame. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound.title')} intro={t('notFound.text')}>
      <TextLink href="/">{t('notFound.home')}</TextLink>
    </Page>
  );
}

/** Whoever is signed in keeps the frame around a page that does not exist. */
export function NotFoundScreen() {
  const { colors } = useTheme();
  const session = useSession();
  if (session.phase === 'restoring') return <RestoreScreen session={session} />;
  if (session.phase === 'signed-in') {
    return (
      <Shell>
        <NotFoundPage />
      </Shell>
    );
  }
  return (
    <View role="main" style={[styles.screen, { backgroundColor: colors.canvas }]}>
      <NotFoundPage />
    </View>
  );
}

const styles = StyleSheet.create({ screen: { flex: 1 } });
