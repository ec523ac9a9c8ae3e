import { StyleSheet, View } from 'react-native';

import { Icon, space, Text, useTheme } from '@/ui';
import { useBrandName } from '@/ui/brand-name';

export function Brand() {
  const { colors } = useTheme();
  const name = useBrandName();
  return (
    <View style={styles.brand}>
      <View aria-hidden style={[styles.mark, { backgroundColor: colors.accent }]}>
        <Icon glyph="latch" size={24} tone="onAccent" />
      </View>
      <Text style={styles.name} lines={1}>
        {name}
      </Text>
    </View>
  );
}

const styles = StyleSheet.create({
  brand: { flexDirection: 'row', alignItems: 'center', gap: space.sm },
  mark: { width: 36, height: 36, borderRadius: 11, alignItems: 'center', justifyContent: 'center' },
  name: { flexShrink: 1, fontSize: 18, lineHeight: 26, fontWeight: '700', letterSpacing: -0.3 },
});
