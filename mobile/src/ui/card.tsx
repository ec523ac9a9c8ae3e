import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import { useGutter } from './gutter';
import { Text } from './text';
import { radius, space, useTheme } from './theme';

type CardProps = {
  children: ReactNode;
  title?: string;
  intro?: string;
  /** Rows that bring their own padding and lines. */
  isFlush?: boolean;
  tone?: 'plain' | 'danger';
};

export function Card({ children, title, intro, isFlush = false, tone = 'plain' }: CardProps) {
  const { colors } = useTheme();
  const padding = useGutter();
  const borderColor = tone === 'danger' ? colors.danger : colors.line;
  return (
    <View style={[styles.card, { backgroundColor: colors.surface, borderColor }]}>
      {title && (
        <View style={[styles.head, { padding, paddingBottom: isFlush ? padding : 0 }]}>
          <Text variant="heading" level={2} tone={tone === 'danger' ? 'danger' : 'text'}>
            {title}
          </Text>
          {intro && <Text tone="muted">{intro}</Text>}
        </View>
      )}
      <View style={isFlush ? undefined : [styles.body, { padding }]}>{children}</View>
    </View>
  );
}

const styles = StyleSheet.create({
  card: { borderWidth: 1, borderRadius: radius.lg, overflow: 'hidden' },
  head: { gap: space.xxs },
  body: { gap: space.md },
});
