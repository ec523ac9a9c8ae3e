/** The secret of a mailed link leaves the address at once, and comes back neither there nor anywhere near it. */
import type { Page } from '@playwright/test';

import { ADMIN, expect, signIn, test } from './support/test';

test.use({ settings: { SMTP_URL: '' } });

const TOKEN = 'secret-Of-A-Link_'.padEnd(43, 'A');

/** Keeps every address that scripts put into the history. */
async function recordAddresses(page: Page) {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seenAddresses: seen });
    for (const method of ['pushState', 'replaceState'] as const) {
      const real = history[method].bind(history);
      history[method] = (state, title, url) => {
        seen.push(`${JSON.stringify(state)} ${url}`);
        real(state, title, url);
      };
    }
  });
}

/** Wherever a script, an extension, a person at the screen or the next page could read it. */
async function expectNoSecret(page: Page) {
  const places = await page.evaluate(() => {
    const { navigation, seenAddresses } = window as unknown as {
      navigation: { entries(): { url: string }[] };
      seenAddresses: string[];
    };
    return {
      address: location.href,
      history: navigation.entries().map(({ url }) => url),
      written: seenAddresses,
      state: JSON.stringify(history.state),
      title: document.title,
      referrer: document.referrer,
      links: [...document.links].map(({ href }) => href),
      stored: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    };
  });
  expect(JSON.stringify(places)).not.toContain(TOKEN);
  expect(places.address).not.toContain('#');
}

for (const { path, heading, leave } of [
  { path: '/verify', heading: 'Finish where you started', leave: 'Back to sign-in' },
  { path: '/reset', heading: 'Choose a new password', leave: 'Send a new email' },
  { path: '/reset/', heading: 'Choose a new password', leave: 'Send a new email' },
  { path: '/invitation', heading: 'Welcome! Choose a password', leave: undefined },
  { path: '/undo', heading: 'Wasn’t you?', leave: undefined },
]) {
  test(`of ${path}`, async ({ page }) => {
    await recordAddresses(page);
    await page.goto(`${path}#${TOKEN}`);
    const title = page.getByRole('heading', { name: heading, level: 1 });
    await expect(title).toBeVisible();
    await expectNoSecret(page);

    if (leave) await page.getByRole('link', { name: leave }).click();
    else await page.goto('/sign-in');
    await expect(title).toHaveCount(0);
    await expectNoSecret(page);
    await page.goBack();
    await expect(page).toHaveURL(path);
    await expectNoSecret(page);
    await page.goForward();
    await expect(title).toHaveCount(0);
    await expectNoSecret(page);

    // Opened once more, in a tab that shows the page already.
    await page.goto(`${path}#${TOKEN}`);
    await expect(title).toBeVisible();
    await page.goto(`${path}#another-${TOKEN}`);
    await expect(title).toBeVisible();
    await expect.poll(() => page.evaluate(() => location.hash)).toBe('');
    await expectNoSecret(page);
    await page.goBack();
    await expectNoSecret(page);
    await page.goForward();
    await expectNoSecret(page);
    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectNoSecret(page);
  });
}

test('of /confirm-email, over a sign-in', async ({ page, expectFailures }) => {
  expectFailures();
  await recordAddresses(page);
  await page.goto(`/confirm-email#${TOKEN}`);
  await expect(page).toHaveURL('/sign-in?returnTo=%2Fconfirm-email');
  await expectNoSecret(page);
  await signIn(page, ADMIN.email, ADMIN.password);
  await expect(page.getByRole('alert')).toBeVisible();
  await expectNoSecret(page);
  await page.getByRole('link', { name: 'Enter the code' }).click();
  await expect(page.getByRole('heading', { name: 'Change email address', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL('/confirm-email');
  await expectNoSecret(page);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectNoSecret(page);
});
