import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { engine } from '@/session/app-session';
import type { SessionState } from '@/session/engine/machine';
import { Button, EmptyState, useTheme } from '@/ui';

/** Blank for the moment it usually takes; says so when the store stays closed. */
export function RestoreScreen({ session }: { session: SessionState }) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const isStuck = session.phase === 'restoring' && session.isStoreUnreadable;
  return (
    <View style={[styles.screen, { backgroundColor: colors.canvas }]}>
      {isStuck && (
        <EmptyState
          glyph="key"
          title={t('restore.locked')}
          action={<Button label={t('common.retry')} onPress={() => void engine.restore()} />}
        >
          {t('restore.lockedText')}
        </EmptyState>
      )}
    </View>
  );
}

const styles = StyleSheet.create({ screen: { flex: 1, justifyContent: 'center' } });
