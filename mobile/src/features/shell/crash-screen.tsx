import { useEffect } from 'react';
import { StyleSheet, View } from 'react-native';
import type { ErrorBoundaryProps } from 'expo-router';

import { useTranslation } from '@/i18n/use-translation';
import { reportError } from '@/report/report-error';
import { Button, EmptyState, useTheme } from '@/ui';

/** What is left when a page's code throws. The session is not touched. */
export function CrashScreen({ error, retry }: ErrorBoundaryProps) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  useEffect(() => reportError(error), [error]);
  return (
    <View role="main" style={[styles.screen, { backgroundColor: colors.canvas }]}>
      <EmptyState
        glyph="alert"
        title={t('crash.title')}
        action={<Button label={t('common.retry')} onPress={() => void retry()} />}
      >
        {t('crash.text')}
      </EmptyState>
    </View>
  );
}

const styles = StyleSheet.create({ screen: { flex: 1, justifyContent: 'center' } });
