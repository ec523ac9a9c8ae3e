/** The pages that go on with a mail, as far as they go without reading one. */
import type { Page } from '@playwright/test';

import { expectNoViolations } from './support/axe';
import { ADMIN, expect, newEmail, PASSWORD, signIn, test } from './support/test';

test.use({ settings: { SMTP_URL: '' } });

const TOKEN = 'A'.repeat(43);

async function beginSignUp(page: Page, email: string) {
  await page.goto('/sign-up');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Confirm your email address', level: 1 })).toBeVisible();
}

test('a sign-up asks for the code, also after a reload, and sends it when it is complete', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await beginSignUp(page, email);
  await page.reload();
  const code = page.getByLabel('Code from the email');
  await expect(code).toBeFocused();
  await expect(code).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(code).toHaveAttribute('inputmode', 'numeric');
  await expect(page.getByRole('button', { name: /^Send a new code \(/ })).toBeDisabled();
  await expectNoViolations(page);
  await code.fill('0000-0001');
  await expect(code).toHaveValue('0000 0001');
  await expect(page.getByText('This code isn’t right.')).toBeVisible();
  await expect(code).toHaveAttribute('aria-invalid', 'true');
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Change the address' }).click();
  await expect(page.getByLabel('Email address')).toHaveValue(email);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
});

test('a link to confirm that is opened elsewhere says where to go on, and leaves the address bar', async ({ page }) => {
  await page.goto(`/verify#${TOKEN}`);
  await expect(page.getByRole('heading', { name: 'Finish where you started', level: 1 })).toBeVisible();
  await expect(page).toHaveURL('/verify');
  await expectNoViolations(page);
});

test('a forgotten password is asked about alike for everybody', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail('nobody');
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('link', { name: 'Forgot password?' }).click();
  await expect(page.getByRole('heading', { name: 'Reset your password', level: 1 })).toBeVisible();
  await expect(page.getByLabel('Email address')).toHaveValue(email);
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByText(`If ${email} has an account`)).toBeVisible();
  const password = page.getByLabel('New password', { exact: true });
  await page.getByLabel('Code from the email').fill('12345678');
  await expect(password).toBeFocused();
  await password.fill(PASSWORD);
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('This code isn’t right.')).toBeVisible();
});

test('a link that is of no use says what to do', async ({ page, expectFailures }) => {
  expectFailures();
  for (const { url, button, password, text } of [
    { url: '/reset', button: 'Change password', password: 'New password', text: 'Ask for a new one.' },
    { url: '/invitation', button: 'Activate account', password: 'Password', text: 'Ask an administrator to send it again.' },
  ]) {
    await page.goto(`${url}#${TOKEN}`);
    await expect(page).toHaveURL(url);
    await page.getByLabel(password, { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: button }).click();
    await expect(page.getByRole('alert')).toContainText(text);
    await expectNoViolations(page);
  }
});

test('undoing says what will happen, and needs the code and a press', async ({ page, expectFailures }) => {
  expectFailures();
  await page.goto(`/undo#${TOKEN}`);
  await expect(page).toHaveURL('/undo');
  await expect(page.getByText('Your account stays locked until you reset your password by email.')).toBeVisible();
  await expectNoViolations(page);
  const code = page.getByLabel('Code from the email');
  await code.fill('1234 5678');
  await expect(page.getByText('This code isn’t right.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo and lock my account' }).click();
  await expect(page.getByText('This code isn’t right.')).toBeVisible();
  await page.getByRole('button', { name: 'It was me. Keep the change' }).click();
  await expect(page).toHaveURL('/sign-in');
});

test('an address that nobody proved gets a code from the account, and a change waits for one', async ({ page, expectFailures }) => {
  expectFailures();
  await signIn(page, ADMIN.email, ADMIN.password);
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Send a code' }).click();
  await expect(page.getByText(`We’ve sent a code to ${ADMIN.email}.`)).toBeVisible();
  await expectNoViolations(page);
  await page.getByLabel('Code from the email').fill('12345678');
  await expect(page.getByText('This code isn’t right.')).toBeVisible();
  await page.getByRole('button', { name: 'Not now' }).click();
  await expect(page.getByText('You can confirm your address later.')).toBeVisible();

  await expect(page.getByLabel('New email address')).toBeFocused();
  await page.getByLabel('New email address').fill(newEmail('next'));
  await page.getByLabel('Current password', { exact: true }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('can undo the change for 72 hours')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Cancel the change' }).click();
  await expect(page.getByText('The change has been cancelled.')).toBeVisible();
  await expect(page.getByLabel('New email address')).toBeFocused();
});

test('an administrator invites somebody and takes it back', async ({ page }) => {
  const email = newEmail('guest');
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users');
  await page.getByRole('button', { name: 'Invite someone' }).click();
  await expectNoViolations(page);
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('heading', { name: email, level: 1 })).toBeVisible();
  await expect(page.getByText('Invited', { exact: true })).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
  await expect(page.getByRole('link', { name: new RegExp(email) })).toHaveCount(0);
});

test('a link to confirm a change goes on after signing in', async ({ page, expectFailures }) => {
  expectFailures();
  await page.goto(`/confirm-email#${TOKEN}`);
  await expect(page).toHaveURL('/sign-in?returnTo=%2Fconfirm-email');
  await signIn(page, ADMIN.email, ADMIN.password);
  await expect(page.getByRole('alert')).toContainText('This code or link isn’t right');
  await expectNoViolations(page);
});
