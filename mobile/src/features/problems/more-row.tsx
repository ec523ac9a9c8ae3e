import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Button, space, Text } from '@/ui';

import { ProblemNotice } from './problem-notice';

type MoreRowProps = {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; isFetchNextPageError: boolean; error: unknown };
  onMore: () => void;
  endText: string;
};

/** The foot of an endless list: scrolling fetches by itself, the button is for who does not scroll. */
export function MoreRow({ query, onMore, endText }: MoreRowProps) {
  const { t } = useTranslation();
  if (query.isFetchNextPageError) {
    return (
      <View style={styles.row}>
        <ProblemNotice failure={query.error} onRetry={onMore} />
      </View>
    );
  }
  return (
    <View style={styles.row}>
      {query.hasNextPage ? (
        <Button label={t('common.loadMore')} kind="secondary" isBusy={query.isFetchingNextPage} onPress={onMore} />
      ) : (
        <Text variant="small" tone="muted" align="center">
          {endText}
        </Text>
      )}
    </View>
  );
}

const styles = StyleSheet.create({ row: { padding: space.md, alignItems: 'center' } });
