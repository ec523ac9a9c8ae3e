/** Pictures of signing in with passkeys, and of the overview where they are kept. */
import type { Page } from '@playwright/test';

import { expectNoViolations } from '../support/axe';
import { looks, pictureOf } from '../support/looks';
import { PasskeyDevice } from '../support/passkeys';
import { expect, PASSWORD, signUp, test } from '../support/test';

async function signOut(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await expect(page).toHaveURL('/sign-in');
}

for (const look of looks) {
  test(look.suffix, async ({ openBrowser, service, expectFailures }) => {
    expectFailures();
    const page = await openBrowser(look.options);
    const email = `ada.${look.suffix}@northwind.example`;
    const shoot = async (name: string) => {
      await expectNoViolations(page);
      await page.screenshot({ path: pictureOf(name, look) });
    };
    const device = await PasskeyDevice.connect(page, { isSynced: true });
    await signUp(page, email);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.goto('/account/security');
    await expect(page.getByRole('button', { name: 'Add a passkey' })).toBeVisible();
    await shoot('security-no-passkey');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('button', { name: 'Turn on' })).toBeVisible();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByText('This device already has a passkey')).toBeVisible();
    await shoot('security-passkey-refused');
    await page.reload();
    await page.getByRole('button', { name: /^Rename/ }).click();
    await page.getByLabel('Name of the passkey').fill('Ada’s phone');
    await shoot('security-passkey-rename');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove “Ada’s phone”' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await shoot('security-passkey-remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByRole('list', { name: 'Recovery codes' })).toBeVisible();
    await shoot('security-passkey-codes');
    await page.getByRole('button', { name: 'I’ve stored them' }).click();

    await device.setPresent(false);
    await signOut(page);
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeVisible();
    await shoot('second-factor-passkey');
    await device.setPresent(true);
    await page.getByRole('button', { name: 'Again in 30 days' }).click();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();

    await device.setPresent(false);
    await signOut(page);
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
    await page.goto('/account/security');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('dialog').getByText('Is that you?')).toBeVisible();
    await shoot('step-up-passkey');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await device.replaceByClones();
    await signOut(page);
    await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
    await device.setPresent(true);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
    await page.goto('/account/security');
    await expect(page.getByText('There may be a copy')).toBeVisible();
    await shoot('security-passkey');

    await page.goto(`${service.url.replace('localhost', '127.0.0.1')}/sign-in`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(page.getByText('Passkeys of this site only work at localhost.')).toBeVisible();
    await shoot('sign-in-passkey-elsewhere');
  });
}
