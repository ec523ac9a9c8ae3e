import { act, renderHook } from '@testing-library/react';

import { forgetMailedToken, takeOut, useMailedToken } from './mailed-link';

const TOKEN = 'Zm9vYmFyYmF6-_cXV4';

afterEach(() => act(forgetMailedToken));

it.each([
  ['https://accounts.example.org/reset', 'reset'],
  ['https://accounts.example.org/reset/', 'reset'],
  ['latchkey://reset', 'reset'],
  ['latchkey:///confirm-email', 'confirm-email'],
  ['exp://192.0.2.7:8081/--/undo', 'undo'],
  ['/invitation?source=mail', 'invitation'],
  ['verify', 'verify'],
] as const)('takes the secret out of %s and holds it for its page', (address, page) => {
  const { result } = renderHook(() => useMailedToken(page));
  act(() => expect(takeOut(`${address}#${TOKEN}`)).toBe(address));
  expect(result.current).toBe(TOKEN);
  expect(renderHook(() => useMailedToken(page === 'reset' ? 'undo' : 'reset')).result.current).toBeNull();
});

it.each(['https://accounts.example.org/devices#x', '/admin/users?search=reset#x', '/reset', '/?next=/reset#x', '/resetting#x'])(
  'leaves %s alone',
  (address) => {
    expect(takeOut(address)).toBe(address);
    expect(renderHook(() => useMailedToken('reset')).result.current).toBeNull();
  },
);

it('forgets it on request, and tells whoever shows it', () => {
  const { result } = renderHook(() => useMailedToken('reset'));
  act(() => void takeOut(`/reset#${TOKEN}`));
  act(forgetMailedToken);
  expect(result.current).toBeNull();
});

it('cleans the address of the page, also when only the fragment changes', async () => {
  window.history.replaceState({ id: 'kept' }, '', `/undo?from=mail#${TOKEN}`);
  jest.requireActual('./watch-address');
  expect(window.location.href).toMatch(/\/undo\?from=mail$/);
  expect(window.history.state).toEqual({ id: 'kept' });
  expect(renderHook(() => useMailedToken('undo')).result.current).toBe(TOKEN);
  const { result } = renderHook(() => useMailedToken('undo'));
  const changed = new Promise((resolve) => window.addEventListener('hashchange', resolve, { once: true }));
  await act(async () => {
    window.location.hash = 'another';
    await changed;
  });
  expect(window.location.hash).toBe('');
  expect(result.current).toBe('another');
});
