import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import type { Glyph } from './glyphs';
import { Icon } from './icon';
import { Text } from './text';
import { radius, space, useTheme, type Colors } from './theme';

type NoticeTone = 'info' | 'warning' | 'danger';

type NoticeProps = {
  tone?: NoticeTone;
  title?: string;
  children?: ReactNode;
  /** Small print, such as a request id. */
  footnote?: string | undefined;
  action?: ReactNode;
};

const looks: Record<NoticeTone, { back: keyof Colors; front: keyof Colors; glyph: Glyph }> = {
  info: { back: 'accentSoft', front: 'accent', glyph: 'info' },
  warning: { back: 'warningSoft', front: 'warning', glyph: 'alert' },
  danger: { back: 'dangerSoft', front: 'danger', glyph: 'alert' },
};

export function Notice({ tone = 'info', title, children, footnote, action }: NoticeProps) {
  const { colors } = useTheme();
  const look = looks[tone];
  return (
    <View
      role={tone === 'danger' ? 'alert' : 'status'}
      style={[styles.notice, { backgroundColor: colors[look.back] }]}
    >
      <Icon glyph={look.glyph} tone={look.front} />
      <View style={styles.words}>
        {title && (
          <Text variant="strong" tone={look.front}>
            {title}
          </Text>
        )}
        {typeof children === 'string' ? <Text>{children}</Text> : children}
        {footnote && (
          <Text variant="small" tone="muted">
            {footnote}
          </Text>
        )}
        {action}
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  notice: { flexDirection: 'row', gap: space.sm, padding: space.md, borderRadius: radius.md },
  words: { flex: 1, gap: space.xxs },
});
