import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useRoute } from 'expo-router';
import { use, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useWindowDimensions } from 'react-native';

import type { ListPageProps } from './list-page-props';
import { ScrollerContext, useKeptOffset } from './scroller.web';

type VirtualRowsProps<T extends { id: number }> = Pick<
  ListPageProps<T>,
  'label' | 'rows' | 'renderRow' | 'rowHeight' | 'isComplete'
>;

/** Rows beyond the edges: room for the Tab key and for a fast wheel. */
const OVERSCAN = 8;

/** What was measured of the last lists, by the router's key of the visit. */
const measured = new Map<string, { margin: number; items: VirtualItem[] }>();
const MOST_MEASURED = 5;

/** The rows in view, in the scroller of the page around them. */
export function VirtualRows<T extends { id: number }>(props: VirtualRowsProps<T>) {
  // The virtualizer changes without a new identity, which the React Compiler would not notice.
  'use no memo';
  const { label, rows, renderRow, rowHeight, isComplete } = props;
  const { key } = useRoute();
  const scroller = use(ScrollerContext);
  const offset = useKeptOffset();
  const { width, height } = useWindowDimensions();
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(measured.get(key)?.margin ?? 0);

  // eslint-disable-next-line react-hooks/incompatible-library -- as said above
  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>({
    count: rows.length,
    getScrollElement: () => scroller,
    // The element's own scrollTo is React Native's, which speaks of x and y.
    scrollToFn: (top, { adjustments = 0, behavior }) => scroller?.scroll({ top: top + adjustments, behavior }),
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: OVERSCAN,
    scrollMargin: margin,
    initialOffset: offset,
    initialRect: { width, height },
    initialMeasurementsCache: measured.get(key)?.items ?? [],
  });

  // What stands above the list moves it: filters that wrap, a notice that goes. The same number renders nothing.
  // eslint-disable-next-line react-hooks/exhaustive-deps -- after every render
  useLayoutEffect(() => {
    if (!list.current || !scroller) return;
    const { top } = list.current.getBoundingClientRect();
    setMargin(Math.round(top - scroller.getBoundingClientRect().top + scroller.scrollTop));
  });

  useEffect(
    () => () => {
      measured.delete(key);
      measured.set(key, { margin, items: virtualizer.takeSnapshot() });
      const [oldest] = measured.keys();
      if (measured.size > MOST_MEASURED && oldest !== undefined) measured.delete(oldest);
    },
    [key, margin, virtualizer],
  );

  return (
    <div ref={list} role="list" aria-label={label} style={{ position: 'relative', height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ key: rowKey, index, start }) => {
        const row = rows[index];
        return (
          row && (
            <div
              key={rowKey}
              ref={virtualizer.measureElement}
              data-index={index}
              role="listitem"
              aria-posinset={index + 1}
              aria-setsize={isComplete ? rows.length : -1}
              style={{ position: 'absolute', top: 0, insetInline: 0, transform: `translateY(${start - margin}px)` }}
            >
              {renderRow(row, index)}
            </div>
          )
        );
      })}
    </div>
  );
}
