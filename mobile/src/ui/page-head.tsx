import type { Href } from 'expo-router';
import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';

import { useArrival } from './arrival';
import { useBrandName } from './brand-name';
import { Icon } from './icon';
import { PressableLink } from './pressable-link';
import { Text } from './text';
import { radius, space, TOUCH } from './theme';

export type PageHeadProps = {
  title: string;
  intro?: string;
  /** Where "back" leads: up, not to whatever was seen before. */
  up?: { href: Href; label: string };
};

/** An address as a title should not be torn in two. */
const LONG_TITLE = 24;

export function PageHead({ title, intro, up }: PageHeadProps) {
  const { t } = useTranslation();
  const { headingId } = useArrival(t('common.pageTitle', { title, brand: useBrandName() }));
  return (
    <>
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
    </>
  );
}

const styles = StyleSheet.create({
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
