import type { ReactNode } from 'react';
import { View } from 'react-native';

import { useTranslation } from '@/i18n/use-translation';
import { SkeletonRows, space } from '@/ui';

import { ProblemNotice } from './problem-notice';

type QueryLike<T> = { data: T | undefined; error: unknown; refetch: () => unknown };

type QueryViewProps<T> = {
  query: QueryLike<T>;
  children: (data: T) => ReactNode;
  skeletonRows?: number;
};

/** Loading, failed or there: data that is there stays in view when a later refresh of it fails. */
export function QueryView<T>({ query, children, skeletonRows = 3 }: QueryViewProps<T>) {
  const { t } = useTranslation();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (!query.error) return <SkeletonRows count={skeletonRows} label={t('common.loading')} />;
  return (
    <View style={{ padding: space.md }}>
      <ProblemNotice failure={query.error} onRetry={() => void query.refetch()} />
    </View>
  );
}
