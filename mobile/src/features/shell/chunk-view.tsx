import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { Button, EmptyState, measure, SkeletonRows, space } from '@/ui';

import type { Chunk } from './chunk';
import { reloadIfServed } from './reload';

type ChunkViewProps<M> = { chunk: Chunk<M>; children: (module: M) => ReactNode };

export function ChunkView<M>({ chunk, children }: ChunkViewProps<M>) {
  const { t } = useTranslation();
  const state = useSyncExternalStore(chunk.subscribe, chunk.current);
  useEffect(() => void chunk.load(), [chunk]);

  async function retry() {
    await chunk.load();
    // A release since then took the file with it, and the new page knows the new one.
    if (chunk.current().phase === 'failed') await reloadIfServed();
  }

  if (state.phase === 'there') return <>{children(state.module)}</>;
  return (
    <View style={styles.column}>
      {state.phase === 'failed' ? (
        <View role="alert">
          <EmptyState
            glyph="offline"
            title={t('notLoaded.title')}
            action={<Button label={t('common.retry')} onPress={() => void retry()} />}
          >
            {t('notLoaded.text')}
          </EmptyState>
        </View>
      ) : (
        <SkeletonRows count={6} label={t('common.loading')} />
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  column: { width: '100%', maxWidth: measure.wide, alignSelf: 'center', padding: space.md },
});
