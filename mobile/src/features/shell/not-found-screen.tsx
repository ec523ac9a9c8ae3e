import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Page, TextLink, useTheme } from '@/ui';

/** Inside the signed-in frame. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound.title')} intro={t('notFound.text')}>
      <TextLink href="/">{t('notFound.home')}</TextLink>
    </Page>
  );
}

export function NotFoundScreen() {
  const { colors } = useTheme();
  return (
    <View role="main" style={[styles.screen, { backgroundColor: colors.canvas }]}>
      <NotFoundPage />
    </View>
  );
}

const styles = StyleSheet.create({ screen: { flex: 1 } });
