/** The story of an account with the development mailbox, and what else its mails are good for. */
import type { Page } from '@playwright/test';

import { beginChange, beginSignUp, enterCode, expectAccount, tellStory, test } from './support/mail-story';
import { ADMIN, expect, newEmail, PASSWORD, signIn } from './support/test';

/** Begun first and gone on with last, so that no test waits for the minute between two mails. */
let patient: { page: Page; email: string };

test.beforeAll(async ({ browser, service }) => {
  const context = await browser.newContext({ baseURL: service.url });
  patient = { page: await context.newPage(), email: newEmail('patient') };
  await beginSignUp(patient.page, patient.email);
});

test.afterAll(() => patient.page.context().close());

tellStory();

test('every mail that has a link can do without its code', async ({ page, mails, openBrowser, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await beginSignUp(page, email);
  const welcome = await mails.to(email, 'verify');
  const elsewhere = await openBrowser();
  await elsewhere.goto(welcome.link);
  await expect(elsewhere.getByRole('heading', { name: 'Finish where you started', level: 1 })).toBeVisible();
  const tab = await page.context().newPage();
  await tab.goto(welcome.link);
  await expectAccount(tab, email);
  // The tab in which it began follows.
  await expectAccount(page, email);
  await tab.close();

  const next = newEmail('next');
  await beginChange(page, next, PASSWORD);
  await page.goto((await mails.to(next, 'confirm-email')).link);
  await expect(page.getByText('Your email address is confirmed.')).toBeVisible();
  await expectAccount(page, next);

  await elsewhere.goto('/forgot');
  await elsewhere.getByLabel('Email address').fill(next);
  await elsewhere.getByRole('button', { name: 'Send the code' }).click();
  const reset = await mails.to(next, 'reset');
  const third = await openBrowser();
  await third.goto(reset.link);
  await third.getByLabel('New password', { exact: true }).fill('seven-blue-lanterns-42');
  await third.getByRole('button', { name: 'Change password' }).click();
  await expect(third.getByText('Your password has been changed')).toBeVisible();
  await expect(page.getByText('your password was changed or reset')).toBeVisible({ timeout: 20_000 });
  // Once is enough.
  await third.goto(reset.link);
  await third.getByLabel('New password', { exact: true }).fill('three-red-umbrellas-17');
  await third.getByRole('button', { name: 'Change password' }).click();
  await expect(third.getByRole('alert')).toContainText('This link has already been used');
});

test('an invitation is accepted', async ({ page, mails, openBrowser }) => {
  const email = newEmail('guest');
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users/invite');
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByText('Invited', { exact: true })).toBeVisible();
  const guest = await openBrowser();
  await guest.goto((await mails.to(email, 'invitation')).link);
  await guest.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await guest.getByRole('button', { name: 'Activate account' }).click();
  await expect(guest.getByText('Your account is active')).toBeVisible();
  await signIn(guest, email);
  await expectAccount(guest, email);
  await page.reload();
  await expect(page.getByText('Invited', { exact: true })).toHaveCount(0);
});

test('a code that somebody guessed at is dead, and the screen says what to do', async ({ page, mails, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await beginSignUp(page, email);
  const { code } = await mails.to(email, 'verify');
  const wrong = (guess: number) => String((Number(code.replace(' ', '')) + guess) % 1e8).padStart(8, '0');
  for (const guess of [1, 2, 3, 4, 5]) {
    const answer = page.waitForResponse('**/api/v1/users/verify');
    await enterCode(page, wrong(guess));
    await answer;
    await expect(page.getByLabel('Code from the email')).toHaveAttribute('aria-invalid', 'true');
  }
  await enterCode(page, code);
  await expect(page.getByText('This code no longer works. Ask for a new one.')).toBeVisible();
});

test('another code can be asked for after a minute, and the first one stays good', async ({ mails }) => {
  test.setTimeout(90_000);
  const { page, email } = patient;
  const first = await mails.to(email, 'verify');
  await page.getByRole('button', { name: 'Send a new code', exact: true }).click({ timeout: 70_000 });
  await expect(page.getByText('We’ve sent you a new code.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Send a new code \((1:00|0:\d\d)\)$/ })).toBeDisabled();
  const second = await mails.to(email, 'verify');
  expect(second.code).not.toBe(first.code);
  await enterCode(page, first.code);
  await expectAccount(page, email);
});
