import { isComplete, printCode, readCode } from './code';

it.each([
  ['1234 5678', '12345678'],
  ['1234-5678', '12345678'],
  ['12345678', '12345678'],
  [' 1 2 3 4 5 6 7 8 ', '12345678'],
  ['1234\u00a05678', '12345678'],
  ['１２３４ ５６７８', '12345678'],
  ['Your code is 0042 7719. It works for 10 minutes.', '00427719'],
  ['1234 5', '12345'],
  ['1234567890', '12345678'],
  ['abc', ''],
])('reads %j', (typed, code) => {
  expect(readCode(typed)).toBe(code);
});

it('prints what it reads in two groups, and reads what it prints', () => {
  expect(['', '1', '1234', '12345', '12345678'].map(printCode)).toEqual(['', '1', '1234', '1234 5', '1234 5678']);
  expect(readCode(printCode('12345678'))).toBe('12345678');
});

it('is complete with eight digits', () => {
  expect([isComplete('1234567'), isComplete('12345678')]).toEqual([false, true]);
});
