import { Card } from './card';
import type { ListPageProps } from './list-page-props';
import { Page } from './page';
import { VirtualRows } from './virtual-rows.web';

export function ListPage<T extends { id: number }>(props: ListPageProps<T>) {
  const { label, children, rows, renderRow, rowHeight, isComplete, instead, foot, onNearEnd, ...head } = props;
  return (
    <Page {...head} isWide onNearEnd={onNearEnd}>
      {children}
      <Card isFlush>
        {instead ?? (
          <VirtualRows label={label} rows={rows} renderRow={renderRow} rowHeight={rowHeight} isComplete={isComplete} />
        )}
        {foot}
      </Card>
    </Page>
  );
}
