import type { ReactNode } from 'react';
import { ScrollView, StyleSheet, useWindowDimensions, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';

import { useTranslation } from '@/i18n/use-translation';
import { KeyboardSpace, measure, space, Text, useTheme, WIDE_FROM } from '@/ui';
import { useArrival } from '@/ui/arrival';
import { useBrandName } from '@/ui/brand-name';

import { Brand } from '../shell/brand';
import { Preferences } from '../shell/preferences';
import { BrandLinks } from './brand-links';
import { Pitch } from './pitch';

type AuthLayoutProps = {
  title: string;
  intro: string;
  children: ReactNode;
  /** The page puts the focus into a field of its own. */
  hasOwnFocus?: boolean;
};

/** The form, and on wide screens beside it what this is about. */
export function AuthLayout({ title, intro, children, hasOwnFocus = false }: AuthLayoutProps) {
  const { t } = useTranslation();
  const { colors } = useTheme();
  const insets = useSafeAreaInsets();
  const isWide = useWindowDimensions().width >= WIDE_FROM;
  const { headingId } = useArrival(t('common.pageTitle', { title, brand: useBrandName() }), hasOwnFocus);
  return (
    <View
      style={[
        styles.root,
        { backgroundColor: colors.canvas, paddingLeft: insets.left, paddingRight: insets.right },
      ]}
    >
      {isWide && <Pitch />}
      <KeyboardSpace>
        <ScrollView
          role="main"
          style={styles.side}
          contentContainerStyle={[styles.content, { paddingTop: insets.top + space.xl, paddingBottom: insets.bottom + space.lg }]}
          keyboardShouldPersistTaps="handled"
        >
          <View style={styles.column}>
            {!isWide && <Brand />}
            <View style={styles.head}>
              <Text variant="display" level={1} id={headingId}>
                {title}
              </Text>
              <Text tone="muted">{intro}</Text>
            </View>
            {children}
          </View>
          <View style={styles.foot}>
            <Preferences />
            <BrandLinks />
          </View>
        </ScrollView>
      </KeyboardSpace>
    </View>
  );
}

const styles = StyleSheet.create({
  root: { flex: 1, flexDirection: 'row' },
  side: { flex: 1 },
  content: { flexGrow: 1, justifyContent: 'space-between', padding: space.lg, gap: space.xxl },
  column: { width: '100%', maxWidth: measure.form, alignSelf: 'center', gap: space.lg, marginVertical: 'auto' },
  foot: { width: '100%', maxWidth: measure.form, alignSelf: 'center', gap: space.sm },
  head: { gap: space.xxs },
});
