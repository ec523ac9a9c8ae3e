/** Every screen that goes on with a mail: narrow, light in English and dark in German, without a fault that axe finds. */
import type { Page } from '@playwright/test';

import { de as administrationDe } from '../src/i18n/administration/de';
import { en as administrationEn } from '../src/i18n/administration/en';
import { de } from '../src/i18n/de';
import { en } from '../src/i18n/en';
import { de as mailDe } from '../src/i18n/mail/de';
import { en as mailEn } from '../src/i18n/mail/en';
import { expectNoViolations } from './support/axe';
import { test } from './support/mail-story';
import { ADMIN, expect, newEmail, PASSWORD } from './support/test';

const TOKEN = 'A'.repeat(43);

/** Nothing is cut off or has to be scrolled sideways (WCAG 1.4.10). */
async function expectGoodLooks(page: Page, heading: string) {
  await expect(page.getByRole('heading', { name: heading, level: 1, exact: true })).toBeVisible();
  await expect(page.getByRole('status', { name: /Loading|geladen/ })).toHaveCount(0);
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX))
      .concat(document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [])
      .map((one) => one.outerHTML.slice(0, 160)),
  );
  expect(wide).toEqual([]);
  await expectNoViolations(page);
}

for (const { locale, t, colorScheme } of [
  { locale: 'en-GB', t: { ...en, ...administrationEn, ...mailEn }, colorScheme: 'light' },
  { locale: 'de-DE', t: { ...de, ...administrationDe, ...mailDe }, colorScheme: 'dark' },
] as const) {
  test(`at 320 pixels in ${locale}, ${colorScheme}`, async ({ mails, openBrowser, expectFailures }) => {
    expectFailures();
    test.setTimeout(120_000);
    const language = locale.slice(0, 2);
    const page = await openBrowser({ locale, colorScheme, viewport: { width: 320, height: 640 } });
    const field = (name: string) => page.getByLabel(name, { exact: true });
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

    for (const [path, heading] of [
      [`/reset#${TOKEN}`, t.reset.title],
      [`/invitation#${TOKEN}`, t.invitation.title],
      [`/verify#${TOKEN}`, t.verify.elsewhereTitle],
      [`/undo#${TOKEN}`, t.undo.title],
      ['/invitation', t.invitation.title],
      ['/undo', t.undo.title],
      ['/forgot', t.forgot.title],
    ] as const) {
      await page.goto(path);
      await expectGoodLooks(page, heading);
    }

    const email = newEmail(`ada-with-a-rather-long-name-${language}`);
    await page.goto('/sign-up');
    await field(t.auth.email).fill(email);
    await field(t.auth.password).fill(PASSWORD);
    await press(t.signUp.submit);
    await expectGoodLooks(page, t.verify.title);
    await field(t.code.label).fill('00000001');
    await expect(page.getByText(t.fields.codeWrong)).toBeVisible();
    await expectGoodLooks(page, t.verify.title);
    await field(t.code.label).fill((await mails.to(email, 'verify')).code);
    await expectGoodLooks(page, t.home.title);

    const next = newEmail(`next-with-a-rather-long-name-${language}`);
    await page.goto('/account/email');
    await field(t.changeEmail.newEmail).fill(next);
    await field(t.changeEmail.currentPassword).fill(PASSWORD);
    await press(t.changeEmail.submit);
    await expect(page.getByText(t.pendingEmail.undoable)).toBeVisible();
    await expectGoodLooks(page, t.changeEmail.title);
    await page.goto('/');
    await expect(page.getByText(t.address.pendingTitle)).toBeVisible();
    await expectGoodLooks(page, t.home.title);
    await press(t.confirmEmail.enterCode);
    await field(t.code.label).fill((await mails.to(next, 'confirm-email')).code);
    await expect(page.getByText(t.confirmEmail.done)).toBeVisible();
    await page.goto('/confirm-email');
    await expectGoodLooks(page, t.confirmEmail.title);

    const notice = await mails.to(email, 'undo');
    await page.goto(notice.link);
    await field(t.code.label).fill(notice.code);
    await press(t.undo.submit);
    await expectGoodLooks(page, t.undo.doneTitle);
    await page.getByRole('link', { name: t.undo.reset }).click();
    await field(t.auth.email).fill(email);
    await press(t.forgot.submit);
    await expectGoodLooks(page, t.reset.title);
    await field(t.code.label).fill((await mails.to(email, 'reset')).code);
    await field(t.reset.newPassword).fill('seven-blue-lanterns-42');
    await press(t.reset.submit);
    await expect(page.getByText(t.reset.doneTitle)).toBeVisible();
    await expectGoodLooks(page, t.signIn.title);

    await field(t.auth.email).fill(ADMIN.email);
    await field(t.auth.password).fill(ADMIN.password);
    await press(t.signIn.submit);
    await expect(page.getByText(t.address.unprovedTitle)).toBeVisible();
    await expectGoodLooks(page, t.home.title);
    const guest = newEmail(`guest-with-a-rather-long-name-${language}`);
    await page.goto('/admin/users/invite');
    await expectGoodLooks(page, t.invite.title);
    await field(t.auth.email).fill(guest);
    await press(t.invite.submit);
    await expectGoodLooks(page, guest);
  });
}

test('every step by keyboard: sign-up, a reset and an undo', async ({ page, mails, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  const tabTo = async (name: string) => {
    const wanted = page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true })).first();
    for (let step = 0; step < 25; step += 1) {
      if (await wanted.evaluate((one) => one === document.activeElement)) break;
      await page.keyboard.press('Tab');
    }
    await expect(wanted).toBeFocused();
    expect(await wanted.evaluate((one) => getComputedStyle(one).outlineStyle)).toBe('solid');
    await page.keyboard.press('Enter');
  };

  await page.goto('/sign-up');
  await expect(page.getByRole('heading', { name: 'Create an account', level: 1 })).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Code from the email')).toBeFocused();
  await page.keyboard.type((await mails.to(email, 'verify')).code);
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();

  await tabTo('Sign out');
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeVisible();
  await tabTo('Forgot password?');
  await expect(page.getByRole('heading', { name: 'Reset your password', level: 1 })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.type(email);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Code from the email')).toBeFocused();
  await page.keyboard.type((await mails.to(email, 'reset')).code);
  await expect(page.getByLabel('New password', { exact: true })).toBeFocused();
  await page.keyboard.type('seven-blue-lanterns-42');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your password has been changed')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Sign in', level: 1 })).toBeFocused();

  const notice = await mails.to(email, 'undo', /password was changed/);
  await page.goto(notice.link);
  await expect(page.getByRole('heading', { name: 'Wasn’t you?', level: 1 })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Code from the email')).toBeFocused();
  await page.keyboard.type(notice.code);
  await tabTo('Undo and lock my account');
  await expect(page.getByRole('heading', { name: 'Your account is safe', level: 1 })).toBeFocused();
  await tabTo('Reset password');
  await expect(page.getByRole('heading', { name: 'Reset your password', level: 1 })).toBeFocused();
});
