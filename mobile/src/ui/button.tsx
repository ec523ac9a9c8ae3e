import { ActivityIndicator, Pressable, StyleSheet, View } from 'react-native';

import type { Glyph } from './glyphs';
import { Icon } from './icon';
import { Text } from './text';
import { radius, space, TOUCH, useTheme, type Colors } from './theme';

type Kind = 'primary' | 'secondary' | 'quiet' | 'danger' | 'quiet-danger';

export type ButtonProps = {
  label: string;
  onPress: () => void;
  kind?: Kind;
  icon?: Glyph;
  isBusy?: boolean;
  isDisabled?: boolean;
  isWide?: boolean;
  /** For a button whose visible words do not say enough on their own. */
  accessibleName?: string;
};

export function Button(props: ButtonProps) {
  const { label, onPress, kind = 'primary', icon, isBusy = false, isDisabled = false } = props;
  const { colors } = useTheme();
  const look = looks(colors)[kind];
  const isInert = isBusy || isDisabled;
  return (
    <Pressable
      role="button"
      aria-label={props.accessibleName ?? label}
      aria-busy={isBusy}
      aria-disabled={isInert}
      disabled={isInert}
      onPress={onPress}
      style={({ hovered, pressed }) => [
        styles.button,
        { backgroundColor: hovered || pressed ? look.hover : look.rest, borderColor: look.border },
        props.isWide && styles.wide,
        isDisabled && styles.disabled,
      ]}
    >
      <View style={[styles.inside, isBusy && styles.invisible]}>
        {icon && <Icon glyph={icon} size={18} tone={look.tone} />}
        <Text variant="label" tone={look.tone} lines={1}>
          {label}
        </Text>
      </View>
      {isBusy && (
        <View style={styles.spinner} aria-hidden>
          <ActivityIndicator size="small" color={colors[look.tone]} />
        </View>
      )}
    </Pressable>
  );
}

type Look = { rest: string; hover: string; border: string; tone: keyof Colors };

function looks(colors: Colors): Record<Kind, Look> {
  const none = 'transparent';
  return {
    primary: { rest: colors.accent, hover: colors.accentStrong, border: none, tone: 'onAccent' },
    secondary: { rest: colors.surface, hover: colors.sunken, border: colors.line, tone: 'text' },
    quiet: { rest: none, hover: colors.sunken, border: none, tone: 'accent' },
    danger: { rest: colors.danger, hover: colors.dangerStrong, border: none, tone: 'onDanger' },
    'quiet-danger': { rest: none, hover: colors.dangerSoft, border: none, tone: 'danger' },
  };
}

const styles = StyleSheet.create({
  button: {
    minHeight: TOUCH,
    paddingHorizontal: space.md,
    paddingVertical: 10,
    borderRadius: radius.md,
    borderWidth: 1,
    alignItems: 'center',
    justifyContent: 'center',
    alignSelf: 'flex-start',
    maxWidth: '100%',
  },
  wide: { alignSelf: 'stretch', flexGrow: 1 },
  inside: { flexDirection: 'row', alignItems: 'center', gap: space.xs },
  invisible: { opacity: 0 },
  disabled: { opacity: 0.5 },
  spinner: { position: 'absolute' },
});
