import { StyleSheet } from 'react-native';

import { Icon, radius, space, Text, TOUCH, useTheme } from '@/ui';

import { NavPress } from './nav-press';
import { useIsHere, type NavItem } from './nav-item';

type NavLinkProps = { item: NavItem; shape: 'row' | 'tab' };

export function NavLink({ item, shape }: NavLinkProps) {
  const { colors } = useTheme();
  const isHere = useIsHere(item);
  const tone = isHere ? 'accent' : 'muted';
  return (
    <NavPress
      item={item}
      isHere={isHere}
      style={[
        shape === 'row' ? styles.row : styles.tab,
        isHere && shape === 'row' && { backgroundColor: colors.accentSoft },
      ]}
    >
      <Icon glyph={item.glyph} tone={tone} />
      <Text variant={shape === 'row' ? 'label' : 'small'} tone={isHere ? 'accent' : 'text'} lines={1}>
        {item.label}
      </Text>
    </NavPress>
  );
}

const styles = StyleSheet.create({
  row: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.sm,
    minHeight: TOUCH,
    paddingHorizontal: space.sm,
    borderRadius: radius.md,
  },
  tab: { flex: 1, alignItems: 'center', justifyContent: 'center', gap: 2, minHeight: 58 },
});
