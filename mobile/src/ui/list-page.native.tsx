import { FlatList, StyleSheet, View } from 'react-native';

import type { ListPageProps } from './list-page-props';
import { PageHead } from './page-head';
import { measure, radius, space, useTheme } from './theme';

/** The whole page is the list: one inside a scrolling page would render all of its rows. */
export function ListPage<T extends { id: number }>(props: ListPageProps<T>) {
  const { label, children, rows, renderRow, instead, foot, onNearEnd, title, intro, up } = props;
  const { colors } = useTheme();
  const frame = { backgroundColor: colors.surface, borderColor: colors.line };
  return (
    <FlatList
      style={styles.scroll}
      contentContainerStyle={styles.content}
      keyboardShouldPersistTaps="handled"
      role="list"
      aria-label={label}
      data={instead ? [] : rows}
      keyExtractor={({ id }) => String(id)}
      renderItem={({ item, index }) => (
        <View role="listitem" style={[styles.column, styles.sides, frame]}>
          {renderRow(item, index)}
        </View>
      )}
      ListHeaderComponent={
        <View style={[styles.column, styles.above]}>
          <PageHead title={title} {...(intro && { intro })} {...(up && { up })} />
          {children}
          <View style={[styles.sides, styles.top, frame]}>{instead}</View>
        </View>
      }
      ListFooterComponent={<View style={[styles.column, styles.sides, styles.bottom, frame]}>{foot}</View>}
      onEndReachedThreshold={1}
      onEndReached={onNearEnd}
    />
  );
}

const styles = StyleSheet.create({
  scroll: { flex: 1 },
  content: { padding: space.md, paddingTop: space.lg, paddingBottom: space.xxl },
  column: { width: '100%', maxWidth: measure.wide, alignSelf: 'center' },
  above: { gap: space.lg },
  sides: { borderLeftWidth: 1, borderRightWidth: 1, overflow: 'hidden' },
  top: { borderTopWidth: 1, borderTopLeftRadius: radius.lg, borderTopRightRadius: radius.lg, minHeight: radius.lg / 2 },
  bottom: { borderBottomWidth: 1, borderBottomLeftRadius: radius.lg, borderBottomRightRadius: radius.lg },
});
