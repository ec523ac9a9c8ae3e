import { setUpAuthenticator } from './support/authenticator';
import { expectNoViolations } from './support/axe';
import { expect, newEmail, PASSWORD, signIn, test } from './support/test';

const NEW_PASSWORD = 'a-quite-different-phrase-7';

test('a second factor is asked for at sign-in, and again before a sensitive change', async ({
  page,
  service,
  expectFailures,
}) => {
  expectFailures();
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  const app = await setUpAuthenticator(service.url, email, PASSWORD);
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Second factor', level: 1 })).toBeVisible();
  await expectNoViolations(page);
  const code = page.getByLabel('Code from your authenticator app');
  await code.fill(app.code(5));
  await expect(page.getByText('This code is wrong or was used already.')).toBeVisible();
  await page.getByRole('button', { name: 'Again in 30 days' }).click();
  await code.fill(app.code());
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL('/sign-in');
  await signIn(page, email);
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();

  // The device is trusted, but not enough for this.
  await page.goto('/account/password');
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Is that you?')).toBeVisible();
  await expectNoViolations(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Confirm again that it is you.')).toBeVisible();
  await page.getByRole('button', { name: 'Change password' }).click();
  await dialog.getByLabel('Code from your authenticator app').fill(app.code(1));
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
});
