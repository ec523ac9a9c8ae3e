import { StyleSheet, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';

import { useTranslation } from '@/i18n/use-translation';
import { useTheme } from '@/ui';

import type { NavItem } from './nav-item';
import { NavLink } from './nav-link';

export function TabBar({ items }: { items: NavItem[] }) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const insets = useSafeAreaInsets();
  return (
    <View
      role="navigation"
      aria-label={t('common.mainNavigation')}
      style={[
        styles.bar,
        { backgroundColor: colors.surface, borderColor: colors.line, paddingBottom: insets.bottom },
      ]}
    >
      {items.map((item) => (
        <NavLink key={item.href} item={item} shape="tab" />
      ))}
    </View>
  );
}

const styles = StyleSheet.create({ bar: { flexDirection: 'row', borderTopWidth: 1 } });
