import { router, useNavigation, usePathname } from 'expo-router';
import type { ReactNode } from 'react';
import { Pressable, StyleSheet, type StyleProp, type ViewStyle } from 'react-native';

import { useTheme } from '@/ui';

import type { NavItem } from './nav-item';

export type NavPressProps = { item: NavItem; isHere: boolean; children: ReactNode; style: StyleProp<ViewStyle> };

type Area = { screen: string; params?: Area };

/** The navigators' names for an item's area. A page within is not named, so that what was open there stays. */
function areaOf({ href }: NavItem): Area {
  if (href === '/') return { screen: '(home)' };
  const [first = '', second] = href.slice(1).split('/');
  return second === undefined ? { screen: first } : { screen: first, params: { screen: second } };
}

/** As tabs do: leads to an area as it was left, and pressed again to its first page. */
export function NavPress({ item, isHere, children, style }: NavPressProps) {
  const { colors } = useTheme();
  const pathname = usePathname();
  const navigation = useNavigation<{ navigate(name: string, area: Area): void }>();

  function onPress() {
    if (!isHere) navigation.navigate('(app)', areaOf(item));
    else if (pathname !== item.href) router.dismissTo(item.href);
  }

  return (
    <Pressable
      role="tab"
      aria-label={item.label}
      aria-selected={isHere}
      onPress={onPress}
      style={({ pressed }) => StyleSheet.flatten([pressed && { backgroundColor: colors.sunken }, style])}
    >
      {children}
    </Pressable>
  );
}
