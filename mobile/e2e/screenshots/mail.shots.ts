/** Pictures of the screens that go on with a mail, and of the mailbox in which it is read here. */
import type { Page } from '@playwright/test';

import { looks, pictureOf } from '../support/looks';
import { askForReset, beginChange, beginSignUp, choosePassword, enterCode, test } from '../support/mail-story';
import { ADMIN, expect, PASSWORD, signIn } from '../support/test';

const TOKEN = 'A'.repeat(43);

const pages = [
  { name: 'forgot', url: '/forgot', heading: 'Reset your password' },
  { name: 'reset', url: `/reset#${TOKEN}`, heading: 'Choose a new password' },
  { name: 'verify-elsewhere', url: `/verify#${TOKEN}`, heading: 'Finish where you started' },
  { name: 'undo', url: `/undo#${TOKEN}`, heading: 'Wasn’t you?' },
  { name: 'invitation', url: `/invitation#${TOKEN}`, heading: 'Welcome! Choose a password' },
];

for (const look of looks) {
  test(look.suffix, async ({ browser, service, mails, openBrowser }) => {
    const { suffix, options } = look;
    const page = await openBrowser(options);
    const shoot = (name: string, of: Page = page) => of.screenshot({ path: pictureOf(name, look) });
    for (const { name, url, heading } of pages) {
      await page.goto(url);
      await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
      await shoot(name);
    }

    const ada = `ada.${suffix}@northwind.example`;
    await beginSignUp(page, ada);
    await enterCode(page, '1234 56');
    await shoot('verify');
    await enterCode(page, (await mails.to(ada, 'verify')).code);
    await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    const next = `ada.byron.${suffix}@northwind.example`;
    await beginChange(page, next, PASSWORD);
    await shoot('change-email-pending');
    await page.goto('/');
    await expect(page.getByText('One step left')).toBeVisible();
    await shoot('account-pending-email');
    await page.getByRole('button', { name: 'Enter the code' }).click();
    await enterCode(page, (await mails.to(next, 'confirm-email')).code);
    await expect(page.getByText('Your email address is confirmed.')).toBeVisible();

    const notice = await mails.to(ada, 'undo');
    await page.goto(notice.link);
    await enterCode(page, notice.code);
    await page.getByRole('button', { name: 'Undo and lock my account' }).click();
    await expect(page.getByRole('heading', { name: 'Your account is safe', level: 1 })).toBeVisible();
    await shoot('undo-done');
    await page.getByRole('link', { name: 'Reset password' }).click();
    await askForReset(page, ada);
    const reset = await mails.to(ada, 'reset');
    await enterCode(page, reset.code);
    await page.getByLabel('New password', { exact: true }).fill('ten green kettles');
    await shoot('reset-code');
    await choosePassword(page, 'ten green kettles');
    await shoot('sign-in-after-reset');

    await signIn(page, ADMIN.email, ADMIN.password);
    await expect(page.getByText('Confirm your email address')).toBeVisible();
    await shoot('account-unconfirmed-email');
    await page.goto('/admin/users/invite');
    await page.getByLabel('Email address').fill(`grace.${suffix}@northwind.example`);
    await shoot('invite');
    await page.getByRole('button', { name: 'Send invitation' }).click();
    await expect(page.getByText('Invited', { exact: true })).toBeVisible();
    await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await shoot('user-invited');

    // Not a watched browser: it complains of what Playwright tries to run in the frame.
    const context = await browser.newContext({ ...options, baseURL: service.url });
    const mailbox = await context.newPage();
    const isShown = mailbox.waitForResponse(/\/html$/);
    await mailbox.goto('/dev/mail');
    await mailbox.getByRole('button', { name: new RegExp(`Reset your .*${ada}`) }).click();
    await (await isShown).finished();
    await shoot('mailbox', mailbox);
    await context.close();
  });
}
