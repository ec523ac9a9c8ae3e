import type { ReactNode } from 'react';
import { StyleSheet, Text as NativeText, type StyleProp, type TextStyle } from 'react-native';

import { fontFamily } from './font';
import { useTheme, type Colors } from './theme';

type Variant = 'display' | 'title' | 'heading' | 'body' | 'strong' | 'label' | 'small';

type TextProps = {
  children: ReactNode;
  variant?: Variant;
  tone?: keyof Colors;
  /** Makes it a heading of this level for assistive technology. */
  level?: 1 | 2 | 3;
  align?: 'left' | 'center';
  lines?: number;
  id?: string;
  isAnnounced?: boolean;
  isHidden?: boolean;
  style?: StyleProp<TextStyle>;
};

export function Text(props: TextProps) {
  const { children, variant = 'body', tone = 'text', level, align, lines, id, style } = props;
  const { colors } = useTheme();
  return (
    <NativeText
      {...(id && { id })}
      {...(level && { role: 'heading' as const, 'aria-level': level })}
      {...(props.isAnnounced && { 'aria-live': 'polite' as const })}
      {...(props.isHidden && { 'aria-hidden': true })}
      {...(lines && { numberOfLines: lines })}
      style={[styles.any, styles[variant], { color: colors[tone], textAlign: align }, style]}
    >
      {children}
    </NativeText>
  );
}

const styles = StyleSheet.create({
  any: { fontFamily },
  display: { fontSize: 30, lineHeight: 38, fontWeight: '700', letterSpacing: -0.6 },
  title: { fontSize: 22, lineHeight: 30, fontWeight: '700', letterSpacing: -0.3 },
  heading: { fontSize: 17, lineHeight: 24, fontWeight: '600', letterSpacing: -0.1 },
  body: { fontSize: 15, lineHeight: 23 },
  strong: { fontSize: 15, lineHeight: 23, fontWeight: '600' },
  label: { fontSize: 14, lineHeight: 20, fontWeight: '600' },
  small: { fontSize: 13, lineHeight: 19 },
});
