import { expect, test } from './support/test';

test.use({ settings: { SIGNUP_ENABLED: 'false' } });

test('where sign-up is closed, no page offers it', async ({ page }) => {
  await page.goto('/sign-up');
  await expect(page.getByRole('status').filter({ hasText: 'Ask an administrator for an account.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create account' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1, exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create an account' })).toHaveCount(0);
});
