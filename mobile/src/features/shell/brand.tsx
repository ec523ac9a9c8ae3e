import { useState } from 'react';
import { StyleSheet, View } from 'react-native';

import { useClientConfig } from '@/client-config/client-config';
import { Icon, radius, space, Text, useTheme } from '@/ui';
import { useBrandName } from '@/ui/brand-name';

import { Logo } from './logo';

/** The operator's logo; the mark and the name where there is none, or it cannot be loaded. */
export function Brand() {
  const { colors, scheme } = useTheme();
  const name = useBrandName();
  const url = useClientConfig()?.brand.logo_url;
  const [missing, setMissing] = useState<string | null>(null);
  if (url && url !== missing) {
    return (
      <View style={[styles.logo, scheme === 'dark' && styles.plate]}>
        <Logo url={url} name={name} onMissing={() => setMissing(url)} />
      </View>
    );
  }
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
  logo: { alignSelf: 'flex-start' },
  // Most logos are drawn for white paper.
  plate: { backgroundColor: '#ffffff', borderRadius: radius.md, paddingHorizontal: space.sm, paddingVertical: space.xxs },
  brand: { flexDirection: 'row', alignItems: 'center', gap: space.sm },
  mark: { width: 36, height: 36, borderRadius: 11, alignItems: 'center', justifyContent: 'center' },
  name: { flexShrink: 1, fontSize: 18, lineHeight: 26, fontWeight: '700', letterSpacing: -0.3 },
});
