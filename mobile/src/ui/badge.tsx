import { StyleSheet, View } from 'react-native';

import { Text } from './text';
import { radius, useTheme, type Colors } from './theme';

type BadgeTone = 'accent' | 'neutral' | 'warning' | 'danger';

const tones: Record<BadgeTone, { back: keyof Colors; front: keyof Colors }> = {
  accent: { back: 'accentSoft', front: 'accent' },
  neutral: { back: 'sunken', front: 'muted' },
  warning: { back: 'warningSoft', front: 'warning' },
  danger: { back: 'dangerSoft', front: 'danger' },
};

export function Badge({ label, tone = 'neutral' }: { label: string; tone?: BadgeTone }) {
  const { colors } = useTheme();
  return (
    <View style={[styles.badge, { backgroundColor: colors[tones[tone].back] }]}>
      <Text variant="small" tone={tones[tone].front} lines={1} style={styles.text}>
        {label}
      </Text>
    </View>
  );
}

const styles = StyleSheet.create({
  badge: { borderRadius: radius.round, paddingHorizontal: 10, paddingVertical: 2, alignSelf: 'flex-start' },
  text: { fontWeight: '600' },
});
