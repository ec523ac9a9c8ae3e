import { StyleSheet, View } from 'react-native';

import { useGutter } from './gutter';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

/** The shape of a list that is on its way. `label` is what a screen reader hears instead. */
export function SkeletonRows({ count = 3, label }: { count?: number; label: string }) {
  const { colors } = useTheme();
  const padding = useGutter();
  const fill = { backgroundColor: colors.sunken };
  return (
    <View role="status" aria-label={label}>
      <Text isHidden style={styles.invisible}>
        {label}
      </Text>
      {Array.from({ length: count }, (_, index) => (
        <View key={index} aria-hidden style={[styles.row, { padding }]}>
          <View style={[styles.circle, fill]} />
          <View style={styles.lines}>
            <View style={[styles.line, styles.long, fill]} />
            <View style={[styles.line, styles.short, fill]} />
          </View>
        </View>
      ))}
    </View>
  );
}

const styles = StyleSheet.create({
  invisible: { position: 'absolute', width: 1, height: 1, opacity: 0 },
  row: { flexDirection: 'row', gap: space.md, alignItems: 'center' },
  circle: { width: 40, height: 40, borderRadius: radius.round },
  lines: { flex: 1, gap: space.xs },
  line: { height: 12, borderRadius: radius.sm },
  long: { width: '55%' },
  short: { width: '35%' },
});
