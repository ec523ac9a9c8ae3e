import type { User } from '@/api/generated/latchkey';

import { admits, filterOf, readChoices } from './user-filter';

it('reads what an address says and nothing that it may not say', () => {
  expect(readChoices({})).toEqual({ search: '', status: 'all', role: 'any' });
  expect(readChoices({ search: ' ada ', status: 'inactive', role: 'admin' })).toEqual({
    search: 'ada',
    status: 'inactive',
    role: 'admin',
  });
  expect(readChoices({ search: ['a', 'b'], status: 'all; drop', role: 'unknown' })).toEqual(readChoices({}));
});

it('asks the server for no more than was chosen', () => {
  expect(filterOf(readChoices({}))).toEqual({});
  expect(filterOf(readChoices({ search: 'ada', status: 'active', role: 'user' }))).toEqual({
    email_contains: 'ada',
    is_active: true,
    role: 'user',
  });
});

it('knows whether a changed user still belongs in a list', () => {
  const user = { is_active: false, role: 'user' } as User;
  expect(admits({}, user)).toBe(true);
  expect(admits({ is_active: false, role: 'user', email_contains: 'x' }, user)).toBe(true);
  expect(admits({ is_active: true }, user)).toBe(false);
  expect(admits({ role: 'admin' }, user)).toBe(false);
});
