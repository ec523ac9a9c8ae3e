import { hasRow, withNewest, withRow, type Pages } from './pages';

const rows = (...ids: number[]) => ids.map((id) => ({ id, name: `as read at first: ${id}` }));
const renewed = (...ids: number[]) => ids.map((id) => ({ id, name: `as read just now: ${id}` }));
type Named = ReturnType<typeof rows>[number];

/** 9 to 4 of a list that goes on. */
const known: Pages<Named> = {
  pages: [
    { items: rows(9, 8, 7), next_cursor: '7' },
    { items: rows(6, 5, 4), next_cursor: '4' },
  ],
  pageParams: [null, '7'],
};
const ids = ({ pages }: Pages<Named>) => pages.map(({ items }) => items.map(({ id }) => id));

describe('a first page that was read again', () => {
  it('brings what is new and keeps the pages below', () => {
    const next = withNewest(known, { items: renewed(11, 10, 9), next_cursor: '9' });
    expect(ids(next)).toEqual([[11, 10, 9, 8, 7], [6, 5, 4]]);
    expect(next.pages[0]?.items[2]?.name).toBe('as read just now: 9');
    expect(next.pages.at(-1)?.next_cursor).toBe('4');
    expect(next.pageParams).toHaveLength(next.pages.length);
  });

  it('takes out what is gone from it', () => {
    expect(ids(withNewest(known, { items: renewed(9, 7, 6), next_cursor: '6' }))).toEqual([[9, 7, 6], [5, 4]]);
  });

  it('stands alone when it does not reach what is known, rather than hide a gap', () => {
    expect(ids(withNewest(known, { items: renewed(20, 19, 18), next_cursor: '18' }))).toEqual([[20, 19, 18]]);
  });

  it('stands alone when it is the whole list, or covers all that is known', () => {
    expect(ids(withNewest(known, { items: renewed(9, 5), next_cursor: null }))).toEqual([[9, 5]]);
    expect(ids(withNewest(known, { items: [], next_cursor: null }))).toEqual([[]]);
    const all = withNewest(known, { items: renewed(9, 4, 3), next_cursor: '3' });
    expect(ids(all)).toEqual([[9, 4, 3]]);
    expect(all.pages.at(-1)?.next_cursor).toBe('3');
  });
});

it('one row changes in its place, or leaves it', () => {
  const changed = withRow(known, 5, { id: 5, name: 'changed' });
  expect(ids(changed)).toEqual(ids(known));
  expect(changed.pages[1]?.items[1]?.name).toBe('changed');
  expect(ids(withRow(known, 8, null))).toEqual([[9, 7], [6, 5, 4]]);
  expect([hasRow(known, 4), hasRow(known, 3)]).toEqual([true, false]);
});
