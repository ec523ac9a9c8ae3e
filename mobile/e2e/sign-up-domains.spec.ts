import { expect, newEmail, PASSWORD, signUp, test } from './support/test';

test.use({ settings: { SIGNUP_DOMAINS: 'example.org' } });

const HINT = 'Only addresses at example.org can be used.';

test('where only some domains may sign up, addresses change to those alone', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await page.goto('/sign-up');
  await expect(page.getByText(HINT)).toBeVisible();
  await signUp(page, email);
  await page.getByRole('link', { name: /^Email address/ }).click();
  await expect(page.getByText(HINT)).toBeVisible();
  const address = page.getByLabel('New email address');
  await address.fill('ada@elsewhere.example');
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('Only addresses of certain domains can be used here.')).toBeVisible();
  await expect(address).toHaveAttribute('aria-invalid', 'true');
  await address.fill(newEmail('next'));
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('Your email address has been changed.')).toBeVisible();
});
