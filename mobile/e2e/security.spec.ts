/** Second factors, from setting an app up to removing it. */
import { readFile } from 'node:fs/promises';

import type { Page } from '@playwright/test';

import { Authenticator } from './support/authenticator';
import { expectNoViolations } from './support/axe';
import { ADMIN, expect, newEmail, PASSWORD, signIn, signUp, test } from './support/test';

const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1, exact: true });

/** From the overview to the recovery codes. */
async function setUp(page: Page): Promise<string[]> {
  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  const open = page.getByRole('link', { name: 'Open the app on this device' });
  await expect(open).toHaveAttribute('href', /^otpauth:\/\/totp\//);
  const secret = new URL((await open.getAttribute('href')) ?? '').searchParams.get('secret') ?? '';
  await page.getByLabel('Code from your authenticator app').fill(new Authenticator(secret).code());
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  return codes.allTextContents();
}

test('an authenticator app is set up, its codes are kept, and it is removed', async ({ page, context, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signUp(page, email);
  await page.getByRole('link', { name: /^Security/ }).click();
  await expect(heading(page, 'Security')).toBeVisible();
  await expect(page.getByText('You sign in with your password alone')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remove the app' })).toHaveCount(0);
  await expectNoViolations(page);

  await page.getByRole('link', { name: /^Authenticator app/ }).click();
  await expect(page.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
  await expect(page.getByText('Your other devices will be signed out.')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: /^Copy/ }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await expect(page.getByText(copied.match(/.{4}/g)?.join(' ') ?? '', { exact: true })).toBeVisible();
  await page.getByLabel('Code from your authenticator app').fill(new Authenticator(copied).code(5));
  await expect(page.getByLabel('Code from your authenticator app')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('link', { name: 'Security' }).click();

  const codes = await setUp(page);
  await expect(page.getByText('Your other devices have been signed out.')).toBeVisible();
  await expectNoViolations(page);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const file = await (await saved).path();
  const text = await readFile(file, 'utf8');
  for (const code of [...codes, email]) expect(text).toContain(code);
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('.print-only')).toBeVisible();
  await expect(page.locator('#root')).toBeHidden();
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('button', { name: 'I’ve stored them' }).click();

  await expect(page.getByText('You sign in with your password and a code')).toBeVisible();
  await expect(page.getByText('10 of 10 codes left')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('link', { name: /^Recovery codes/ }).click();
  await expect(page.getByText('The codes you have now stop working.')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  const renewed = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(renewed).toHaveCount(10);
  expect(await renewed.allTextContents()).not.toEqual(codes);
  await page.getByRole('button', { name: 'I’ve stored them' }).click();

  await page.getByRole('button', { name: 'Remove the app' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the app' }).click();
  await expect(page.getByText('The app has been removed. The second factor is off.')).toBeVisible();
  await expect(page.getByText('You sign in with your password alone')).toBeVisible();
  await expect(page.getByRole('link', { name: /^Recovery codes/ })).toHaveCount(0);
});

test('a sign-in with the password alone is asked for the second factor', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await signUp(page, email);
  await page.goto('/account/security');
  await setUp(page);
  await page.getByRole('button', { name: 'I’ve stored them' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByLabel('Code from your authenticator app')).toBeVisible();
});

test('an administrator begins to remove lost factors, and their owner cancels it', async ({ page, openBrowser }) => {
  const email = newEmail('lost');
  await signUp(page, email);
  await page.goto('/account/security');
  await setUp(page);
  await page.getByRole('button', { name: 'I’ve stored them' }).click();

  const admin = await openBrowser();
  await signIn(admin, ADMIN.email, ADMIN.password);
  await admin.goto('/admin/users');
  await admin.getByRole('link', { name: new RegExp(email) }).click();
  await admin.getByRole('button', { name: 'Remove factors' }).click();
  await expect(admin.getByRole('dialog')).toContainText('after 24 hours');
  expect(await admin.evaluate(() => document.getAnimations().length), 'the browser asks for less motion').toBe(0);
  await expectNoViolations(admin);
  await admin.getByRole('dialog').getByRole('button', { name: 'Remove factors' }).click();
  await expect(admin.getByRole('button', { name: 'Cancel the removal' })).toBeVisible();
  await expectNoViolations(admin);

  await page.reload();
  await expect(page.getByText('An administrator is removing your second factor')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Cancel the removal' }).click();
  await expect(page.getByText('The removal has been cancelled.')).toBeVisible();
  await expect(page.getByText('An administrator is removing your second factor')).toHaveCount(0);
});

test('all of it speaks German, on a narrow and dark screen', async ({ openBrowser, service }) => {
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  const page = await openBrowser({ locale: 'de-DE', colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  await page.goto('/account/security');
  await page.getByLabel('E-Mail-Adresse').fill(email);
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await expect(heading(page, 'Sicherheit')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('link', { name: /^Authenticator-App/ }).click();
  await expect(page.getByRole('img', { name: 'QR-Code für deine Authenticator-App' })).toBeVisible();
  await expectNoViolations(page);
});
