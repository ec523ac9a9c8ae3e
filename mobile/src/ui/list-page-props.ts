import type { ReactElement, ReactNode } from 'react';

import type { PageHeadProps } from './page-head';

/** A page that is one long list. Only what is in view, and a little around it, is rendered. */
export type ListPageProps<T extends { id: number }> = PageHeadProps & {
  /** Names the list for assistive technology. */
  label: string;
  /** Above the list: filters, say. */
  children: ReactNode;
  rows: T[];
  renderRow: (row: T, index: number) => ReactElement;
  /** About how high a row is, until it was measured. */
  rowHeight: number;
  /** Whether `rows` are all there are. */
  isComplete: boolean;
  /** Stands in the place of the rows while there are none. */
  instead: ReactElement | null;
  foot: ReactElement | null;
  onNearEnd: () => void;
};
