import { safeReturnTo } from './return-to';

it.each(['/devices', '/admin/users/7', '/admin/audit?user=7'])('leads back to %s', (path) => {
  expect(safeReturnTo(path)).toBe(path);
});

it.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/..//evil.example',
  '/%2e%2e//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  'javascript:alert(1)',
  '/javascript:alert(1)//..//evil',
  'devices',
  ' /devices',
  '',
  null,
  undefined,
  ['/devices'],
])('leads nowhere else: %p', (value) => {
  const result = safeReturnTo(value);
  if (result !== null) expect(new URL(result, 'https://app.invalid').origin).toBe('https://app.invalid');
  expect(result === null || !result.startsWith('//')).toBe(true);
});

it.each(['/', '/sign-in', '/sign-up', '/sign-in?returnTo=/devices'])('%s is not worth keeping', (path) => {
  expect(safeReturnTo(path)).toBeNull();
});
