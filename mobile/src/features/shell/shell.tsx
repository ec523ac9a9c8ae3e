import type { ReactNode } from 'react';
import { StyleSheet, useWindowDimensions, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';

import { useTranslation } from '@/i18n/use-translation';
import { KeyboardSpace, useTheme, WIDE_FROM } from '@/ui';

import { useMe } from '../account/queries';
import { OfflineBanner } from './offline-banner';
import type { NavItem } from './nav-item';
import { Sidebar } from './sidebar';
import { SkipLink } from './skip-link';
import { TabBar } from './tab-bar';

/** The frame of every page for someone who is signed in. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const insets = useSafeAreaInsets();
  const isWide = useWindowDimensions().width >= WIDE_FROM;
  const isAdmin = useMe().data?.role === 'admin';
  const own: NavItem[] = [
    { href: '/', label: t('nav.home'), glyph: 'user' },
    { href: '/devices', label: t('nav.devices'), glyph: 'devices' },
  ];
  const admin: NavItem[] = isAdmin
    ? [
        { href: '/admin/users', label: t('nav.users'), glyph: 'users' },
        { href: '/admin/audit', label: t('nav.audit'), glyph: 'list' },
      ]
    : [];
  return (
    <View
      style={[
        styles.root,
        isWide && [styles.wide, { paddingTop: insets.top, paddingBottom: insets.bottom }],
        { backgroundColor: colors.canvas, paddingLeft: insets.left, paddingRight: insets.right },
      ]}
    >
      <SkipLink />
      {isWide && <Sidebar own={own} admin={admin} />}
      <View role="main" id="content" style={[styles.main, !isWide && { paddingTop: insets.top }]}>
        <OfflineBanner />
        <KeyboardSpace>{children}</KeyboardSpace>
      </View>
      {!isWide && <TabBar items={[...own, ...admin]} />}
    </View>
  );
}

const styles = StyleSheet.create({
  root: { flex: 1 },
  wide: { flexDirection: 'row' },
  main: { flex: 1, minWidth: 0 },
});
