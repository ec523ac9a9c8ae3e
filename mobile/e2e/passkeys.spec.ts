/** Passkeys, with Chromium's virtual authenticator. */
import type { Page } from '@playwright/test';

import { expectNoViolations } from './support/axe';
import { PasskeyDevice } from './support/passkeys';
import { expect, newEmail, PASSWORD, signIn, signUp, test } from './support/test';

const account = (page: Page) => page.getByRole('heading', { name: 'Account', level: 1, exact: true });
const list = (page: Page) => page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem');
const byPasskey = (page: Page) => page.getByRole('button', { name: 'Sign in with a passkey' });

async function addPasskey(page: Page): Promise<void> {
  await page.goto('/account/security');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(list(page)).toHaveCount(1);
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await expect(page).toHaveURL('/sign-in');
}

async function signInByPasskey(page: Page, device: PasskeyDevice): Promise<void> {
  await device.isSuggested();
  await device.setPresent(true);
  await byPasskey(page).click();
}

async function enter(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('a passkey is added, signs in by the button, is renamed and removed', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  const device = await PasskeyDevice.connect(page, { isSynced: true });
  await signUp(page, email);
  await addPasskey(page);
  const [made] = await device.passkeys();
  expect(made?.rpId).toBe('localhost');
  await expect(list(page)).toContainText('Synced');
  await expect(list(page)).toContainText('not used yet');
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('This device already has a passkey for your account.')).toBeVisible();

  await device.setPresent(false);
  await signOut(page);
  await expect(byPasskey(page)).toBeVisible();
  await expectNoViolations(page);
  await signInByPasskey(page, device);
  await expect(account(page)).toBeVisible();

  await page.goto('/account/security');
  await expect(list(page)).toContainText('last used');
  await page.getByRole('button', { name: /^Rename/ }).click();
  await expect(page.getByLabel('Name of the passkey')).toBeFocused();
  await page.getByLabel('Name of the passkey').fill('  ');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Give the passkey a name.')).toBeVisible();
  await expectNoViolations(page);
  await page.getByLabel('Name of the passkey').fill('Ada’s laptop');
  await page.keyboard.press('Enter');
  await expect(list(page)).toContainText('Ada’s laptop');

  await page.getByRole('button', { name: 'Remove “Ada’s laptop”' }).click();
  await expect(page.getByRole('dialog')).toContainText('You can no longer sign in with it.');
  await expectNoViolations(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('“Ada’s laptop” has been removed.')).toBeVisible();
  await expect(list(page)).toHaveCount(0);
  await expect.poll(() => device.forgotten).toEqual([made?.credentialId]);
});

test('a passkey that is picked among the suggestions of the address field signs in', async ({ page }) => {
  const device = await PasskeyDevice.connect(page);
  await signUp(page, newEmail());
  await addPasskey(page);
  await device.setPresent(false);
  await signOut(page);
  await expect(page.getByLabel('Email address')).toHaveAttribute('autocomplete', 'username webauthn');
  await device.setPresent(true);
  await page.reload();
  await expect(account(page)).toBeVisible();
});

test('suggestions are asked for anew before their challenge is too old', async ({ page }) => {
  await PasskeyDevice.connect(page, { isPresent: false });
  await page.clock.install();
  const isOptions = (request: { url(): string }) => request.url().endsWith('/auth/passkey/options');
  const first = page.waitForResponse(isOptions);
  await page.goto('/sign-in');
  await (await first).finished();
  const next = page.waitForResponse(isOptions);
  await page.clock.fastForward('04:01');
  await next;
});

test('a passkey is the second factor, first among the ways', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  const device = await PasskeyDevice.connect(page);
  await signUp(page, email);
  await addPasskey(page);
  await expect(list(page)).toContainText('On one device');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10);
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'I’ve stored them' }).click();
  await expect(page.getByText('You sign in with a passkey, or with your password and a second factor')).toBeVisible();
  await expectNoViolations(page);

  await device.setPresent(false);
  await signOut(page);
  await enter(page, email);
  await expect(page.getByRole('heading', { name: 'Second factor', level: 1 })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use a recovery code' })).toBeVisible();
  await expectNoViolations(page);
  await device.setPresent(true);
  await page.getByRole('button', { name: 'Again in 30 days' }).click();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(account(page)).toBeVisible();

  await page.goto('/account/security');
  await page.getByRole('button', { name: 'Turn off' }).click();
  await expectNoViolations(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByText('The second factor is off.')).toBeVisible();
  await expect(page.getByText('You sign in with a passkey, or with your password alone')).toBeVisible();
});

test('a passkey steps up, with a way to the others', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  const device = await PasskeyDevice.connect(page);
  await signUp(page, email);
  await addPasskey(page);
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('button', { name: 'I’ve stored them' }).click();
  await expect(page.getByRole('button', { name: 'Turn off' })).toBeVisible();
  await device.setPresent(false);
  await signOut(page);
  await enter(page, email);
  await device.setPresent(true);
  await page.getByRole('button', { name: 'Again in 30 days' }).click();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(account(page)).toBeVisible();

  // The device is trusted, but not enough for what follows.
  await device.setPresent(false);
  await signOut(page);
  await enter(page, email);
  await expect(account(page)).toBeVisible();
  await page.goto('/account/password');
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill('a-quite-different-phrase-7');
  await page.getByRole('button', { name: 'Change password' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Is that you?')).toBeVisible();
  await expectNoViolations(page);
  await dialog.getByRole('button', { name: 'Use a recovery code' }).click();
  await expect(dialog.getByLabel('Recovery code')).toBeFocused();
  await device.setPresent(true);
  await dialog.getByRole('button', { name: 'Use a passkey' }).click();
  await dialog.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
});

test('at another address, the page says where passkeys work', async ({ page, service }) => {
  await PasskeyDevice.connect(page);
  await page.goto(`${service.url.replace('localhost', '127.0.0.1')}/sign-in`);
  await byPasskey(page).click();
  await expect(page.getByText('Passkeys of this site only work at localhost.')).toBeVisible();
  await expectNoViolations(page);
});

test('a passkey that was removed elsewhere is refused, and the device forgets it', async ({
  page,
  openBrowser,
  expectFailures,
}) => {
  expectFailures();
  const email = newEmail();
  const device = await PasskeyDevice.connect(page);
  await signUp(page, email);
  await addPasskey(page);
  const [made] = await device.passkeys();
  await device.setPresent(false);
  await signOut(page);

  const elsewhere = await openBrowser();
  await signIn(elsewhere, email);
  await elsewhere.goto('/account/security');
  await elsewhere.getByRole('button', { name: /^Remove/ }).click();
  await elsewhere.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(list(elsewhere)).toHaveCount(0);

  await signInByPasskey(page, device);
  await expect(page.getByText('No account has this passkey any more.')).toBeVisible();
  await expectNoViolations(page);
  await expect.poll(() => device.forgotten).toEqual([made?.credentialId]);
  expect(await device.passkeys()).toEqual([]);
});

test('a passkey whose counter does not rise is let in, and its owner is told', async ({ page }) => {
  const device = await PasskeyDevice.connect(page);
  await signUp(page, newEmail());
  await addPasskey(page);
  await device.setPresent(false);
  await signOut(page);
  await signInByPasskey(page, device);
  await expect(account(page)).toBeVisible();
  await device.setPresent(false);
  await signOut(page);
  await device.replaceByClones();
  await signInByPasskey(page, device);
  await expect(account(page)).toBeVisible();
  await page.goto('/account/security');
  await expect(list(page)).toContainText('There may be a copy of this passkey');
  await expectNoViolations(page);
});

test('all of it speaks German, on a narrow and dark screen, by the keyboard', async ({ openBrowser, service }) => {
  const email = newEmail();
  await service.signUp(email, PASSWORD);
  const page = await openBrowser({ locale: 'de-DE', colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  const device = await PasskeyDevice.connect(page, { isPresent: false });
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Mit Passkey anmelden' })).toBeVisible();
  await expectNoViolations(page);
  await page.getByLabel('E-Mail-Adresse').fill(email);
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Konto', level: 1, exact: true })).toBeVisible();

  await page.goto('/account/security');
  await device.setPresent(true);
  await page.getByRole('button', { name: 'Passkey hinzufügen' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem')).toContainText('Auf einem Gerät');
  await expectNoViolations(page);
  await page.getByRole('button', { name: /umbenennen$/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Name des Passkeys')).toBeFocused();
  await expectNoViolations(page);
  await page.getByLabel('Name des Passkeys').fill('Handy');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '„Handy“ entfernen' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('„Handy“ entfernen?');
  await expectNoViolations(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Entfernen' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('„Handy“ wurde entfernt.')).toBeVisible();
});

test('whoever has other ways in can do without a password, and set one again', async ({ page, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  const device = await PasskeyDevice.connect(page);
  await signUp(page, email);
  await addPasskey(page);
  await expect(page.getByRole('button', { name: 'Remove the password' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('button', { name: 'I’ve stored them' }).click();
  await page.getByRole('button', { name: 'Remove the password' }).click();
  await expectNoViolations(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the password' }).click();
  await expect(page.getByText('Your password has been removed.')).toBeVisible();
  await expect(page.getByText('You sign in with a passkey', { exact: true })).toBeVisible();
  await expectNoViolations(page);

  await page.getByRole('button', { name: /^Remove “/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('dialog')).toContainText('one of the last ways into your account');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  await device.setPresent(false);
  await signOut(page);
  await enter(page, email);
  await expect(page.getByText('The email address or password is incorrect.')).toBeVisible();
  await signInByPasskey(page, device);
  await expect(account(page)).toBeVisible();

  await page.goto('/account/security');
  await page.getByRole('link', { name: /^Set a password/ }).click();
  await expect(page.getByLabel('Current password', { exact: true })).toHaveCount(0);
  await expectNoViolations(page);
  await page.getByLabel('New password', { exact: true }).fill('a-quite-different-phrase-7');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
});
