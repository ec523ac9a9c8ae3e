import type { Href } from 'expo-router';
import type { ReactNode } from 'react';
import { StyleSheet, useWindowDimensions, View } from 'react-native';

import { useGutter } from './gutter';
import { Icon } from './icon';
import { PressableLink } from './pressable-link';
import { Text } from './text';
import { space, TOUCH, useTheme, WIDE_FROM, type Colors } from './theme';

type ListLinkProps = {
  href: Href;
  title: string;
  detail?: string;
  leading?: ReactNode;
  /** At the end of the row where there is room, else under the words. */
  badge?: ReactNode;
  tone?: keyof Colors;
  isFirst?: boolean;
};

/** A row that leads somewhere. */
export function ListLink({ href, title, detail, leading, badge, tone = 'text', isFirst }: ListLinkProps) {
  const { colors } = useTheme();
  const gutter = useGutter();
  const isWide = useWindowDimensions().width >= WIDE_FROM;
  return (
    <PressableLink
      href={href}
      style={[styles.row, { paddingHorizontal: gutter }, !isFirst && { borderTopWidth: 1, borderTopColor: colors.line }]}
    >
      {leading}
      <View style={styles.words}>
        <Text variant="strong" tone={tone} lines={1}>
          {title}
        </Text>
        {detail && (
          <Text variant="small" tone="muted" lines={1}>
            {detail}
          </Text>
        )}
        {!isWide && badge && <View style={styles.badge}>{badge}</View>}
      </View>
      {isWide && badge && <View>{badge}</View>}
      <Icon glyph="chevronRight" size={18} tone="muted" />
    </PressableLink>
  );
}

const styles = StyleSheet.create({
  row: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.md,
    minHeight: TOUCH + 20,
    paddingVertical: space.sm,
  },
  words: { flex: 1, minWidth: 0 },
  badge: { paddingTop: space.xxs },
});
