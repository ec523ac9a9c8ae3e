import type { Href } from 'expo-router';
import type { ReactNode } from 'react';
import { ScrollView, StyleSheet, View, type NativeScrollEvent } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';

import { useArrival } from './arrival';
import { Icon } from './icon';
import { PressableLink } from './pressable-link';
import { Text } from './text';
import { measure, radius, space, TOUCH } from './theme';

type PageProps = {
  title: string;
  intro?: string;
  /** Where "back" leads: up, not to whatever was seen before. */
  up?: { href: Href; label: string };
  children: ReactNode;
  isWide?: boolean;
  onNearEnd?: () => void;
};

const NEAR_END = 600;

/** An address as a title should not be torn in two. */
const LONG_TITLE = 24;

export function Page({ title, intro, up, children, isWide = false, onNearEnd }: PageProps) {
  const { t } = useTranslation();
  const { headingId } = useArrival(t('common.pageTitle', { title }));

  function onScroll({ contentOffset, layoutMeasurement, contentSize }: NativeScrollEvent) {
    if (contentOffset.y + layoutMeasurement.height > contentSize.height - NEAR_END) onNearEnd?.();
  }

  return (
    <ScrollView
      style={styles.scroll}
      contentContainerStyle={styles.content}
      keyboardShouldPersistTaps="handled"
      scrollEventThrottle={100}
      onScroll={(event) => onScroll(event.nativeEvent)}
    >
      <View style={[styles.column, { maxWidth: isWide ? measure.wide : measure.page }]}>
        {up && (
          <PressableLink href={up.href} isWayBack style={styles.up}>
            <Icon glyph="chevronLeft" size={18} tone="accent" />
            <Text variant="label" tone="accent">
              {up.label}
            </Text>
          </PressableLink>
        )}
        <View style={styles.head}>
          <Text variant={title.length > LONG_TITLE ? 'title' : 'display'} level={1} id={headingId}>
            {title}
          </Text>
          {intro && (
            <Text tone="muted" style={styles.intro}>
              {intro}
            </Text>
          )}
        </View>
        {children}
      </View>
    </ScrollView>
  );
}

const styles = StyleSheet.create({
  scroll: { flex: 1 },
  content: { padding: space.md, paddingTop: space.lg, paddingBottom: space.xxl },
  column: { width: '100%', alignSelf: 'center', gap: space.lg },
  up: {
    flexDirection: 'row',
    alignItems: 'center',
    gap: space.xxs,
    minHeight: TOUCH,
    alignSelf: 'flex-start',
    paddingRight: space.sm,
    marginBottom: -space.md,
    borderRadius: radius.sm,
  },
  head: { gap: space.xxs },
  intro: { maxWidth: 620 },
});
