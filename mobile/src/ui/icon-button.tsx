import { Pressable, StyleSheet } from 'react-native';

import type { Glyph } from './glyphs';
import { Icon } from './icon';
import { radius, TOUCH, useTheme, type Colors } from './theme';

type IconButtonProps = {
  glyph: Glyph;
  /** The only words it has. */
  label: string;
  onPress: () => void;
  tone?: keyof Colors;
  isPressed?: boolean;
};

export function IconButton({ glyph, label, onPress, tone = 'muted', isPressed }: IconButtonProps) {
  const { colors } = useTheme();
  return (
    <Pressable
      role="button"
      aria-label={label}
      aria-pressed={isPressed}
      onPress={onPress}
      style={({ hovered, pressed }) => [
        styles.button,
        (hovered || pressed) && { backgroundColor: colors.sunken },
      ]}
    >
      <Icon glyph={glyph} tone={tone} />
    </Pressable>
  );
}

const styles = StyleSheet.create({
  button: {
    width: TOUCH,
    height: TOUCH,
    borderRadius: radius.sm,
    alignItems: 'center',
    justifyContent: 'center',
  },
});
