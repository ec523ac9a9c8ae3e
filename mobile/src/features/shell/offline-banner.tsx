import { useSyncExternalStore } from 'react';
import { StyleSheet, View } from 'react-native';

import { connectivity } from '@/api/connectivity';
import { useTranslation } from '@/i18n/use-translation';
import { Icon, space, Text, useTheme } from '@/ui';

/** Stays until an answer comes; the page below keeps what it has. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const isReachable = useSyncExternalStore(connectivity.subscribe, connectivity.isReachable, () => true);
  return (
    <View role="status" aria-live="polite">
      {!isReachable && (
        <View style={[styles.banner, { backgroundColor: colors.warningSoft }]}>
          <Icon glyph="offline" tone="warning" />
          <View style={styles.words}>
            <Text variant="label" tone="warning">
              {t('offline.title')}
            </Text>
            <Text variant="small">{t('offline.text')}</Text>
          </View>
        </View>
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  banner: { flexDirection: 'row', alignItems: 'center', gap: space.sm, paddingVertical: space.xs, paddingHorizontal: space.md },
  words: { flex: 1 },
});
