import type { ReactNode } from 'react';
import { ScrollView, StyleSheet, View, type NativeScrollEvent } from 'react-native';

import { PageHead, type PageHeadProps } from './page-head';
import { ScrollerContext, useKeptScroll } from './scroller';
import { measure, space } from './theme';

type PageProps = PageHeadProps & { children: ReactNode; isWide?: boolean; onNearEnd?: () => void };

const NEAR_END = 600;

export function Page({ children, isWide = false, onNearEnd, ...head }: PageProps) {
  const { scroller, attach, keep } = useKeptScroll();

  function onScroll({ contentOffset, layoutMeasurement, contentSize }: NativeScrollEvent) {
    keep(contentOffset.y);
    if (contentOffset.y + layoutMeasurement.height > contentSize.height - NEAR_END) onNearEnd?.();
  }

  return (
    <ScrollView
      ref={attach}
      style={styles.scroll}
      contentContainerStyle={styles.content}
      keyboardShouldPersistTaps="handled"
      scrollEventThrottle={100}
      onScroll={(event) => onScroll(event.nativeEvent)}
    >
      <View style={[styles.column, { maxWidth: isWide ? measure.wide : measure.page }]}>
        <PageHead {...head} />
        <ScrollerContext value={scroller}>{children}</ScrollerContext>
      </View>
    </ScrollView>
  );
}

const styles = StyleSheet.create({
  scroll: { flex: 1 },
  content: { padding: space.md, paddingTop: space.lg, paddingBottom: space.xxl },
  column: { width: '100%', alignSelf: 'center', gap: space.lg },
});
