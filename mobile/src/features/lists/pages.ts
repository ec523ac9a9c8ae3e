/** What is known of a long list, newest first by id, and how it is renewed without reading it all again. */
import type { InfiniteData } from '@tanstack/react-query';

export type Row = { id: number };
export type RowPage<T extends Row> = { items: T[]; next_cursor: string | null };
export type Pages<T extends Row> = InfiniteData<RowPage<T>, string | null>;

/** Puts a first page that was read just now in the place of what it covers. */
export function withNewest<T extends Row>(known: Pages<T>, newest: RowPage<T>): Pages<T> {
  const alone: Pages<T> = { pages: [newest], pageParams: [null] };
  const last = newest.items.at(-1);
  if (!last || newest.next_cursor === null) return alone;
  const rest = known.pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => id < last.id) }));
  const reachesKnown = known.pages.some(({ items }) => items.some(({ id }) => id >= last.id));
  const [first, ...later] = rest;
  if (!first || !reachesKnown || rest.every(({ items }) => items.length === 0)) return alone;
  return { ...known, pages: [{ ...first, items: [...newest.items, ...first.items] }, ...later] };
}

/** Puts a row in the place of its older self; null takes it out. */
export function withRow<T extends Row>(known: Pages<T>, id: number, row: T | null): Pages<T> {
  const change = (item: T) => (item.id === id ? (row ?? []) : item);
  return { ...known, pages: known.pages.map((page) => ({ ...page, items: page.items.flatMap(change) })) };
}

export const hasRow = <T extends Row>(known: Pages<T>, id: number): boolean =>
  known.pages.some(({ items }) => items.some((item) => item.id === id));
