import { expect, newEmail, PASSWORD, test } from './support/test';

test.use({ settings: { SIGNUP_ENABLED: 'false' } });

test('where sign-up is closed, the form says whom to ask', async ({ page, expectFailures }) => {
  expectFailures();
  await page.goto('/sign-up');
  await page.getByLabel('Email address').fill(newEmail());
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('alert')).toContainText('Ask an administrator for an account.');
});
