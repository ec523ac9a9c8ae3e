import { StyleSheet, View } from 'react-native';

import { Text } from './text';
import { radius, useTheme } from './theme';

/** Two letters of an address; decoration, the address itself stands beside it. */
export function Avatar({ email, size = 40 }: { email: string; size?: number }) {
  const { colors } = useTheme();
  const parts = (email.split('@')[0] ?? '').split(/[._+-]+/).filter(Boolean);
  const letters = parts.length > 1 ? `${parts[0]?.[0]}${parts[1]?.[0]}` : (parts[0] ?? '?').slice(0, 2);
  return (
    <View
      aria-hidden
      style={[styles.circle, { width: size, height: size, backgroundColor: colors.accentSoft }]}
    >
      <Text variant={size > 48 ? 'title' : 'label'} tone="accent">
        {letters.toUpperCase()}
      </Text>
    </View>
  );
}

const styles = StyleSheet.create({
  circle: { borderRadius: radius.round, alignItems: 'center', justifyContent: 'center' },
});
