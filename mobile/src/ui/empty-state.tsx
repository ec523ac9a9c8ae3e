import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import type { Glyph } from './glyphs';
import { Icon } from './icon';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

type EmptyStateProps = { glyph: Glyph; title: string; children?: string; action?: ReactNode };

export function EmptyState({ glyph, title, children, action }: EmptyStateProps) {
  const { colors } = useTheme();
  return (
    <View style={styles.box}>
      <View style={[styles.disc, { backgroundColor: colors.sunken }]}>
        <Icon glyph={glyph} size={26} tone="muted" />
      </View>
      <Text variant="heading" align="center">
        {title}
      </Text>
      {children && (
        <Text tone="muted" align="center">
          {children}
        </Text>
      )}
      {action}
    </View>
  );
}

const styles = StyleSheet.create({
  box: { alignItems: 'center', gap: space.xs, paddingVertical: space.xxl, paddingHorizontal: space.lg },
  disc: {
    width: 56,
    height: 56,
    borderRadius: radius.round,
    alignItems: 'center',
    justifyContent: 'center',
    marginBottom: space.xs,
  },
});
