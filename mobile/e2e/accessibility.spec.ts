import type { Page } from '@playwright/test';

import { expectNoViolations } from './support/axe';
import { addressOf, signInOnPhone } from './support/people';
import { ADMIN, expect, newEmail, PASSWORD, signIn, test } from './support/test';

const ADA = addressOf('amara.okafor');

test.beforeAll(async ({ service, company: _people }) => {
  await signInOnPhone(service, ADA, 'Amara’s Pixel');
});

async function visit(page: Page, url: string, heading: string) {
  await page.goto(url);
  await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
  await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0);
  await expectNoViolations(page);
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test.describe(`${colorScheme} at ${width}`, () => {
      test.use({ colorScheme, viewport: { width, height: 844 } });

      test('what a visitor sees', async ({ page }) => {
        await visit(page, '/sign-in', 'Sign in');
        await visit(page, '/sign-up', 'Create an account');
        await page.getByLabel('Password', { exact: true }).fill('weak');
        await page.getByRole('button', { name: 'Create account' }).click();
        await expect(page.getByText('Use at least 8 characters.')).toBeVisible();
        await expectNoViolations(page);
      });

      test('what a member sees', async ({ page }) => {
        await signIn(page, ADA);
        await visit(page, '/', 'Account');
        await visit(page, '/devices', 'Devices and sessions');
        await page.getByRole('button', { name: 'Sign out all other devices' }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectNoViolations(page);
        await visit(page, '/account/email', 'Change email address');
        await visit(page, '/account/password', 'Change password');
        await visit(page, '/account/delete', 'Delete account');
        await visit(page, '/nowhere', 'Page not found');
      });

      test('what an administrator sees', async ({ page }) => {
        await signIn(page, ADMIN.email, ADMIN.password);
        await visit(page, '/admin/users', 'Users');
        await visit(page, '/admin/users/2', ADA);
        await visit(page, '/admin/audit', 'Audit trail');
      });

      test('what stands there when the server is away', async ({ page, context, expectFailures }) => {
        expectFailures();
        await signIn(page, ADA);
        await context.setOffline(true);
        await page.getByRole('link', { name: 'Devices', exact: true }).click();
        await expect(page.getByRole('alert')).toBeVisible();
        await expectNoViolations(page);
      });
    });
  }
}

test('everything can be reached and done with the keyboard, in view and in order', async ({ page, service }) => {
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  await page.goto('/sign-in');
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1, exact: true })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Email address')).toBeFocused();
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
  await page.keyboard.press('Tab');
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
  expect(ring).toBe('solid');
});

test('the skip link leads past the navigation', async ({ page }) => {
  await signIn(page, ADA);
  await page.goto('/devices');
  await expect(page.getByText('This device')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});
