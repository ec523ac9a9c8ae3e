import type { ReactElement, ReactNode } from 'react';

// Not through '@/ui': only the administration has long lists, and nobody else loads them.
import { ListPage } from '@/ui/list-page';

import { MoreRow } from '../problems/more-row';
import { QueryView } from '../problems/query-view';
import type { Row } from './pages';
import type { LongList } from './use-long-list';

type LongListPageProps<T extends Row> = {
  title: string;
  intro: string;
  /** Above the list. */
  children: ReactNode;
  list: LongList<T>;
  renderRow: (row: T, index: number) => ReactElement;
  rowHeight: number;
  empty: ReactElement;
  endText: string;
};

export function LongListPage<T extends Row>(props: LongListPageProps<T>) {
  const { title, intro, children, list, renderRow, rowHeight, empty, endText } = props;
  const isEmpty = list.rows.length === 0;
  return (
    <ListPage
      title={title}
      intro={intro}
      label={title}
      rows={list.rows}
      renderRow={renderRow}
      rowHeight={rowHeight}
      isComplete={list.data !== undefined && !list.hasNextPage}
      instead={
        isEmpty ? (
          <QueryView query={list} skeletonRows={6}>
            {() => empty}
          </QueryView>
        ) : null
      }
      foot={list.data ? <MoreRow query={list} onMore={list.readMore} endText={endText} /> : null}
      onNearEnd={list.readMoreOnce}
    >
      {children}
    </ListPage>
  );
}
