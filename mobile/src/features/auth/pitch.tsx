import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Icon, radius, space, Text, useTheme } from '@/ui';
import { useBrandName } from '@/ui/brand-name';

import { Brand } from '../shell/brand';

/** What the product stands for, beside the form. */
export function Pitch() {
  const { t } = useTranslation();
  const brand = useBrandName();
  const { colors } = useTheme();
  const points = [
    { glyph: 'devices', text: t('auth.points.devices') },
    { glyph: 'key', text: t('auth.points.private') },
    { glyph: 'shield', text: t('auth.points.yours') },
  ] as const;
  return (
    <View role="complementary" aria-label={brand} style={[styles.panel, { backgroundColor: colors.accentSoft }]}>
      <View aria-hidden style={styles.rings}>
        {[760, 560, 380, 220].map((size) => (
          <View
            key={size}
            style={[styles.ring, { width: size, height: size, marginLeft: -size / 2, marginTop: -size / 2, borderColor: colors.accent }]}
          />
        ))}
      </View>
      <Brand />
      <View style={styles.words}>
        <Text style={styles.tagline}>{t('auth.tagline')}</Text>
        {points.map(({ glyph, text }) => (
          <View key={glyph} style={styles.point}>
            <View style={[styles.disc, { backgroundColor: colors.surface }]}>
              <Icon glyph={glyph} tone="accent" />
            </View>
            <Text style={styles.pointText}>{text}</Text>
          </View>
        ))}
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  panel: { flex: 1, maxWidth: 620, padding: space.xxl, justifyContent: 'space-between', overflow: 'hidden' },
  rings: { position: 'absolute', right: 0, bottom: 0, width: 0, height: 0 },
  ring: { position: 'absolute', borderWidth: 1, borderRadius: radius.round, opacity: 0.18 },
  words: { gap: space.lg, maxWidth: 440 },
  tagline: { fontSize: 34, lineHeight: 42, fontWeight: '700', letterSpacing: -0.8 },
  point: { flexDirection: 'row', alignItems: 'center', gap: space.md },
  disc: { width: 40, height: 40, borderRadius: radius.round, alignItems: 'center', justifyContent: 'center' },
  pointText: { flex: 1 },
});
