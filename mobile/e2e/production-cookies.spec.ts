import { expect, newEmail, signUp, test } from './support/test';

test.use({ settings: { COOKIE_SECURE: 'true' } });

test('cookies with the names of production work as well', async ({ page, context }) => {
  await signUp(page, newEmail());
  await page.reload();
  await expect(page.getByRole('link', { name: /^Email address/ })).toBeVisible();
  const cookies = await context.cookies();
  const names = cookies.map(({ name }) => name).sort();
  expect(names).toEqual(['__Host-access_token', '__Host-csrf_token', '__Host-device', '__Host-refresh_token']);
  expect(cookies.every(({ httpOnly, secure, sameSite }) => httpOnly && secure && sameSite === 'Strict')).toBe(true);
});

test('no script can read a token', async ({ page }) => {
  await signUp(page, newEmail());
  const seen = await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(seen).not.toMatch(/eyJ|token/i);
});
