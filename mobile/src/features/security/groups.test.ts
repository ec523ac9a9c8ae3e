import { inGroups } from './groups';

it('sets blanks after each four letters', () => {
  expect(['', 'ABCD', 'ABCDE', 'ABCDEFGH'].map(inGroups)).toEqual(['', 'ABCD', 'ABCD E', 'ABCD EFGH']);
});
