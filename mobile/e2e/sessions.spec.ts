import { signInOnPhone } from './support/people';
import { expect, newEmail, PASSWORD, signIn, signUp, test } from './support/test';

/** Short enough to lapse during a test; the refresh runs at four fifths of it. */
const TTL_SECONDS = 5;

test.use({ settings: { ACCESS_TOKEN_TTL_SECONDS: String(TTL_SECONDS) } });

test('a second browser signs the first one out, which sees it happen and is told why', async ({
  page,
  openBrowser,
  expectFailures,
}) => {
  expectFailures();
  const email = newEmail();
  await signUp(page, email);
  const second = await openBrowser();
  await signIn(second, email);
  await second.getByRole('link', { name: 'Devices', exact: true }).click();
  const rows = second.getByRole('listitem').filter({ hasText: 'Chrome' });
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: 'This device' })).toHaveCount(1);
  await second.getByRole('button', { name: /^Sign out Chrome/ }).click();
  await expect(rows).toHaveCount(1);
  await expect(page.getByText('This device was signed out')).toBeVisible({ timeout: 20_000 });
  await expect(page).toHaveURL('/sign-in');
  await second.reload();
  await expect(second.getByRole('heading', { name: 'Devices and sessions', level: 1 })).toBeVisible();
});

test('changing the password signs out the other device and keeps this one', async ({
  page,
  openBrowser,
  expectFailures,
}) => {
  expectFailures();
  const email = newEmail();
  await signUp(page, email);
  const other = await openBrowser();
  await signIn(other, email);
  await page.goto('/account/password');
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill('another-good-one-77');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
  await expect(other.getByText('your password was changed', { exact: false })).toBeVisible({ timeout: 20_000 });
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
  await signIn(other, email, 'another-good-one-77');
});

test('all other devices are signed out at once, after a question', async ({ page, openBrowser, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await signUp(page, email);
  const other = await openBrowser();
  await signIn(other, email);
  await page.goto('/devices');
  await page.getByRole('button', { name: 'Sign out all other devices' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out all other devices?' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Sign out all other devices' }).click();
  await dialog.getByRole('button', { name: 'Sign out all other devices' }).click();
  await expect(page.getByText('All other devices have been signed out.')).toBeVisible();
  await expect(other.getByText('This device was signed out')).toBeVisible({ timeout: 20_000 });
});

test('an access token that lapses in mid-session is renewed unnoticed', async ({ page, context, expectFailures }) => {
  expectFailures();
  await signUp(page, newEmail());
  await context.clearCookies({ name: 'access_token' });
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByText('This device')).toBeVisible();
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name)).toContain('access_token');
});

test('two tabs refresh at once with one refresh, and nobody is signed out', async ({
  page,
  context,
  expectFailures,
}) => {
  expectFailures();
  await signUp(page, newEmail());
  const second = await context.newPage();
  await second.goto('/');
  await expect(second.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
  let refreshes = 0;
  context.on('request', (request) => (refreshes += request.url().endsWith('/auth/refresh') ? 1 : 0));
  for (let round = 1; round <= 3; round += 1) {
    await context.clearCookies({ name: 'access_token' });
    const before = refreshes;
    await Promise.all([page.reload(), second.reload()]);
    for (const tab of [page, second]) {
      await expect(tab.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();
      await expect(tab.getByRole('link', { name: /^Email address/ })).toBeVisible();
    }
    // The lock makes it one; a message that a reloaded tab came too late for makes it two.
    expect(refreshes - before).toBeLessThanOrEqual(2);
  }
  await page.waitForTimeout(2 * TTL_SECONDS * 1000);
  for (const tab of [page, second]) await expect(tab.getByRole('link', { name: /^Email address/ })).toBeVisible();
});

test('a tab that was frozen in the middle of a refresh does not stop another one', async ({
  page,
  context,
  expectFailures,
}) => {
  // The turn is taken from it after 15 to 30 s.
  test.setTimeout(120_000);
  expectFailures();
  await signUp(page, newEmail());
  const second = await context.newPage();
  await second.goto('/');
  await expect(second.getByRole('link', { name: /^Email address/ })).toBeVisible();

  const held = page.waitForRequest('**/api/v1/auth/refresh');
  await page.route('**/api/v1/auth/refresh', () => undefined);
  await held;
  const browser = await context.newCDPSession(page);
  await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
  const locks = () => second.evaluate(async () => (await navigator.locks.query()).held?.length);
  expect(await locks()).toBe(1);

  const answered = second.waitForResponse('**/api/v1/auth/refresh', { timeout: 60_000 });
  await context.clearCookies({ name: 'access_token' });
  await second.reload();
  expect((await answered).status()).toBe(200);
  await expect(second.getByRole('link', { name: /^Email address/ })).toBeVisible();

  await browser.send('Page.setWebLifecycleState', { state: 'active' });
  await page.unroute('**/api/v1/auth/refresh');
  await page.bringToFront();
  await page.reload();
  await expect(page.getByRole('link', { name: /^Email address/ })).toBeVisible();
});

test('of two people in one tab, the second never sees what is the first one’s', async ({ page, service }) => {
  const [ada, grace] = [newEmail('ada'), newEmail('grace')];
  await service.signUp(grace, PASSWORD);
  await signUp(page, ada);
  await signInOnPhone(service, ada, 'Ada’s Pixel');
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByText('Ada’s Pixel')).toBeVisible();
  await page.getByRole('link', { name: 'Account', exact: true }).click();

  // An answer about the first one that comes when the second one is there.
  let answerLate: () => void = () => undefined;
  const isLate = new Promise<void>((resolve) => (answerLate = resolve));
  const asked = page.waitForRequest('**/api/v1/users/me');
  await page.route('**/api/v1/users/me', async (route) => {
    const answer = await route.fetch();
    await isLate;
    // Signing out aborts the request, if the page is quick.
    await route.fulfill({ response: answer }).catch(() => undefined);
  }, { times: 1 });
  await asked;
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByText('You are signed out')).toBeVisible();

  await page.evaluate((address) => {
    const seen = { count: 0 };
    const look = () => {
      const text = document.body.innerText;
      if (text.includes(address) || text.includes('Ada’s Pixel')) seen.count += 1;
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    Object.assign(window, { seen });
  }, ada);
  await signIn(page, grace);
  answerLate();
  await expect(page.getByText(grace).first()).toBeVisible();
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByText('This device')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Chrome' })).toHaveCount(1);
  await page.getByRole('link', { name: 'Account', exact: true }).click();
  await page.waitForResponse('**/api/v1/users/me');
  await expect(page.getByText(grace).first()).toBeVisible();
  expect(await page.evaluate(() => Reflect.get(window, 'seen'))).toEqual({ count: 0 });
});

test('signing out reaches the other tab, and signing in again does too', async ({ page, context }) => {
  const email = newEmail();
  await signUp(page, email);
  const second = await context.newPage();
  await second.goto('/devices');
  await expect(second.getByText('This device')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(second.getByText('You signed out in another tab.')).toBeVisible();
  await signIn(page, email);
  await expect(second.getByRole('heading', { name: 'Devices and sessions', level: 1 })).toBeVisible();
});

test('a restart of the server interrupts nobody', async ({ page, service, expectFailures }) => {
  expectFailures();
  await signUp(page, newEmail());
  await service.restart();
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByText('This device')).toBeVisible();
});

test('without a connection the page stays, says so, and recovers', async ({ page, context, expectFailures }) => {
  expectFailures();
  await signUp(page, newEmail());
  await context.setOffline(true);
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await expect(page.getByText('No connection to the server')).toBeVisible();
  await expect(page.getByText('Can’t reach the server.', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await expect(page.getByRole('alert').filter({ has: page.getByRole('button', { name: 'Dismiss' }) })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Devices and sessions', level: 1 })).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('This device')).toBeVisible();
  await expect(page.getByText('No connection to the server')).toBeHidden();
});

test('a CSRF cookie that was lost costs one repeat, not the form', async ({ page, context, expectFailures }) => {
  expectFailures();
  await signUp(page, newEmail());
  await context.clearCookies({ name: 'csrf_token' });
  await page.goto('/account/email');
  await page.getByLabel('New email address').fill(newEmail('lovelace'));
  await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
  await context.clearCookies({ name: 'csrf_token' });
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('Your email address has been changed.')).toBeVisible();
});
