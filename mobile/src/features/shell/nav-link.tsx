import { usePathname, type Href } from 'expo-router';
import { StyleSheet } from 'react-native';

import { Icon, PressableLink, radius, space, Text, TOUCH, useTheme } from '@/ui';
import type { Glyph } from '@/ui/glyphs';

export type NavItem = { href: Href & string; label: string; glyph: Glyph };

type NavLinkProps = { item: NavItem; shape: 'row' | 'tab' };

export function NavLink({ item, shape }: NavLinkProps) {
  const { colors } = useTheme();
  const pathname = usePathname();
  const isHere = item.href === '/' ? pathname === '/' || pathname.startsWith('/account') : pathname.startsWith(item.href);
  const tone = isHere ? 'accent' : 'muted';
  return (
    <PressableLink
      href={item.href}
      isCurrentPage={isHere}
      style={[
        shape === 'row' ? styles.row : styles.tab,
        isHere && shape === 'row' && { backgroundColor: colors.accentSoft },
      ]}
    >
      <Icon glyph={item.glyph} tone={tone} />
      <Text variant={shape === 'row' ? 'label' : 'small'} tone={isHere ? 'accent' : 'text'} lines={1}>
        {item.label}
      </Text>
    </PressableLink>
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
