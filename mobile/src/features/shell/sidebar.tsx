import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Avatar, space, Text, useTheme } from '@/ui';

import { useMe } from '../account/queries';
import { Brand } from './brand';
import type { NavItem } from './nav-item';
import { NavLink } from './nav-link';
import { SignOutButton } from './sign-out-button';

export function Sidebar({ own, admin }: { own: NavItem[]; admin: NavItem[] }) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const me = useMe().data;
  return (
    <View role="banner" style={[styles.bar, { backgroundColor: colors.surface, borderColor: colors.line }]}>
      <View style={styles.brand}>
        <Brand />
      </View>
      <View role="navigation" aria-label={t('common.mainNavigation')} style={styles.items}>
        {own.map((item) => (
          <NavLink key={item.href} item={item} shape="row" />
        ))}
      </View>
      {admin.length > 0 && (
        <View role="navigation" aria-label={t('common.adminNavigation')} style={styles.items}>
          <Text variant="small" tone="muted" style={styles.section}>
            {t('nav.administration')}
          </Text>
          {admin.map((item) => (
            <NavLink key={item.href} item={item} shape="row" />
          ))}
        </View>
      )}
      <View style={[styles.foot, { borderColor: colors.line }]}>
        {me && (
          <View style={styles.who}>
            <Avatar email={me.email} size={36} />
            <View style={styles.whoWords}>
              <Text variant="label" lines={1}>
                {me.email}
              </Text>
              <Text variant="small" tone="muted">
                {t(`role.${me.role}`)}
              </Text>
            </View>
          </View>
        )}
        <SignOutButton />
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  bar: { width: 264, borderRightWidth: 1, padding: space.md, gap: space.lg },
  brand: { paddingHorizontal: space.xs, paddingTop: space.xs },
  items: { gap: space.xxs },
  section: { paddingHorizontal: space.sm, paddingBottom: space.xxs, fontWeight: '600' },
  foot: { marginTop: 'auto', borderTopWidth: 1, paddingTop: space.md, gap: space.sm },
  who: { flexDirection: 'row', alignItems: 'center', gap: space.sm, paddingHorizontal: space.xs },
  whoWords: { flex: 1, minWidth: 0 },
});
