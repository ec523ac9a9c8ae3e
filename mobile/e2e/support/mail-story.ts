/** The life of an account whose owner reads mail, told through the screens and with what was mailed. */
import type { Page } from '@playwright/test';

import { mailbox, openPost, startMailServer, type Post } from './mails';
import { test as base, expect, newEmail, PASSWORD, signIn } from './test';

type Mails = ReturnType<typeof openPost>;

export const test = base.extend<object, { hasMailServer: boolean; post: Post; mails: Mails }>({
  /** Whether mails go through a real server; else to the development mailbox. */
  hasMailServer: [false, { option: true, scope: 'worker' }],
  post: [
    async ({ hasMailServer }, use) => {
      const post = hasMailServer ? await startMailServer() : mailbox;
      await use(post);
      post.stop();
    },
    { scope: 'worker' },
  ],
  settings: [async ({ post }, use) => use(post.settings), { scope: 'worker' }],
  mails: [async ({ post, service }, use) => use(openPost(post, service)), { scope: 'worker' }],
});

const NEXT_PASSWORD = 'seven-blue-lanterns-42';
const LAST_PASSWORD = 'three-red-umbrellas-17';

export async function beginSignUp(page: Page, email: string) {
  await page.goto('/sign-up');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Confirm your email address', level: 1 })).toBeVisible();
}

/** The page sends it when it is complete. */
export async function enterCode(page: Page, code: string) {
  await page.getByLabel('Code from the email').fill(code);
}

export async function expectAccount(page: Page, email: string) {
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: /^Email address/ })).toContainText(email);
}

export async function signUpByCode(page: Page, mails: Mails, email: string) {
  await beginSignUp(page, email);
  await enterCode(page, (await mails.to(email, 'verify')).code);
  await expect(page.getByText('Welcome! Your account is ready.')).toBeVisible();
  await expectAccount(page, email);
}

export async function askForReset(page: Page, email: string) {
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByRole('heading', { name: 'Choose a new password', level: 1 })).toBeVisible();
}

export async function choosePassword(page: Page, password: string) {
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password has been changed')).toBeVisible();
}

export async function beginChange(page: Page, email: string, password: string) {
  await page.getByRole('link', { name: /^Email address/ }).click();
  await page.getByLabel('New email address').fill(email);
  await page.getByLabel('Current password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText(`We’ve sent a code to ${email}.`)).toBeVisible();
}

/** From the first code to the last password. */
export function tellStory() {
  test('somebody signs up, forgets the password, changes the address and takes the change back', async ({
    page,
    mails,
    openBrowser,
    expectFailures,
  }) => {
    expectFailures();
    test.setTimeout(120_000);
    const email = newEmail();
    const next = newEmail('next');
    await signUpByCode(page, mails, email);

    const elsewhere = await openBrowser();
    await signIn(elsewhere, email);
    await mails.to(email, 'undo', /New sign-in/);

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    await askForReset(page, email);
    await enterCode(page, (await mails.to(email, 'reset')).code);
    await choosePassword(page, NEXT_PASSWORD);
    await expect(elsewhere.getByText('your password was changed or reset')).toBeVisible({ timeout: 20_000 });
    await mails.to(email, 'undo', /password was changed/);
    await expect(page.getByLabel('Email address')).toHaveValue(email);
    await signIn(page, email, NEXT_PASSWORD);

    await beginChange(page, next, NEXT_PASSWORD);
    await page.getByRole('link', { name: 'Account', exact: true }).first().click();
    await expect(page.getByText(`Enter the code we’ve sent to ${next}.`)).toBeVisible();
    await expectAccount(page, email);
    await page.getByRole('button', { name: 'Enter the code' }).click();
    await enterCode(page, (await mails.to(next, 'confirm-email')).code);
    await expect(page.getByText('Your email address is confirmed.')).toBeVisible();
    await expectAccount(page, next);

    const notice = await mails.to(email, 'undo', /address was changed/);
    await elsewhere.goto(notice.link);
    await enterCode(elsewhere, notice.code);
    await elsewhere.getByRole('button', { name: 'Undo and lock my account' }).click();
    await expect(elsewhere.getByRole('heading', { name: 'Your account is safe', level: 1 })).toBeVisible();
    await expect(page.getByText('This device was signed out')).toBeVisible({ timeout: 20_000 });
    for (const address of [email, next]) {
      await page.getByLabel('Email address').fill(address);
      await page.getByLabel('Password', { exact: true }).fill(NEXT_PASSWORD);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page.getByRole('alert')).toContainText('The email address or password is incorrect.');
    }

    await elsewhere.getByRole('link', { name: 'Reset password' }).click();
    await askForReset(elsewhere, email);
    await enterCode(elsewhere, (await mails.to(email, 'reset')).code);
    await choosePassword(elsewhere, LAST_PASSWORD);
    await signIn(elsewhere, email, LAST_PASSWORD);
    await expectAccount(elsewhere, email);
  });
}
