import { addressOf } from './support/people';
import { ADMIN, expect, newEmail, PASSWORD, signIn, signUp, test } from './support/test';

test.beforeAll(({ company: _people }) => undefined);

test('an administrator searches, filters and scrolls through everyone', async ({ page }) => {
  await signIn(page, ADMIN.email, ADMIN.password);
  const link = page.getByRole('link', { name: 'Users', exact: true });
  await expect(link).not.toHaveAttribute('aria-current');
  await link.click();
  await expect(link).toHaveAttribute('aria-current', 'page');
  const rows = page.getByRole('list', { name: 'Users' }).getByRole('listitem');
  await rows.first().hover();
  await page.mouse.wheel(0, 4000);
  await expect(page.getByText('All caught up.')).toBeVisible();
  await page.mouse.wheel(0, 4000);
  await expect(rows.last()).toContainText(ADMIN.email);
  await page.getByLabel('Search by email address').fill('okafor');
  await expect(rows).toHaveCount(1);
  await page.getByLabel('Search by email address').fill('no-one-at-all');
  await expect(page.getByText('No matching users')).toBeVisible();
  await page.getByLabel('Search by email address').fill('');
  const filter = page.getByRole('button', { name: 'Administrator' });
  await expect(filter).toHaveAttribute('aria-pressed', 'false');
  await filter.click();
  await expect(filter).toHaveAttribute('aria-pressed', 'true');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(ADMIN.email);
});

test('an account is deactivated, told so nowhere, and reactivated', async ({ page, openBrowser, expectFailures }) => {
  expectFailures();
  const email = addressOf('ines.garcia');
  const member = await openBrowser();
  await signIn(member, email);
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users');
  await page.getByLabel('Search by email address').fill('ines');
  await page.getByRole('link', { name: /ines\.garcia/ }).click();
  await expect(page.getByRole('heading', { name: email, level: 1 })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')).toHaveCount(1);
  await page.getByRole('button', { name: 'Deactivate account' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate account' }).click();
  await expect(page.getByText('The account has been deactivated.')).toBeVisible();
  await expect(page.getByText('Not signed in anywhere.')).toBeVisible();
  await expect(member.getByText('This device was signed out')).toBeVisible({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Reactivate account' }).click();
  await expect(page.getByText('The account is active again.')).toBeVisible();
  await signIn(member, email);
});

test('someone is signed out everywhere', async ({ page, openBrowser, expectFailures }) => {
  expectFailures();
  const email = addressOf('tara.nguyen');
  const member = await openBrowser();
  await signIn(member, email);
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users');
  await page.getByLabel('Search by email address').fill('tara');
  await page.getByRole('link', { name: /tara\.nguyen/ }).click();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page.getByText('All sessions have ended.')).toBeVisible();
  await expect(member.getByText('This device was signed out')).toBeVisible({ timeout: 20_000 });
});

test('a role is given and taken, but the last administrator stays', async ({ page, expectFailures }) => {
  expectFailures();
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users');
  await page.getByLabel('Search by email address').fill('wim');
  await page.getByRole('link', { name: /wim\.peeters/ }).click();
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await expect(page.getByRole('dialog')).toContainText('ends all of this person’s sessions');
  await page.getByRole('dialog').getByRole('button', { name: 'Make administrator' }).click();
  await expect(page.getByText('The role has been changed.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove administrator role' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove administrator role' }).click();
  await expect(page.getByRole('button', { name: 'Make administrator' })).toBeVisible();
  await page.goto('/admin/users');
  await page.getByLabel('Search by email address').fill(ADMIN.email);
  await page.getByRole('link', { name: new RegExp(ADMIN.email) }).click();
  await page.getByRole('button', { name: 'Remove administrator role' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove administrator role' }).click();
  await expect(page.getByRole('alert')).toContainText('There must be at least one administrator.');
});

test('the audit trail tells what happened, of everyone or of one', async ({ page }) => {
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.getByRole('link', { name: 'Audit trail' }).click();
  const rows = page.getByRole('list', { name: 'Audit trail' }).getByRole('listitem');
  await expect(rows.first()).toContainText('Signed in');
  await page.getByRole('button', { name: 'Role changed' }).click();
  await expect(rows.first()).toContainText('Role changed');
  await page.goto('/admin/audit?user=2');
  await expect(page.getByText('Only events for user 2')).toBeVisible();
  await page.getByRole('link', { name: 'Show all events' }).click();
  await expect(page.getByText('Only events for user 2')).toBeHidden();
});

test('to anyone else these pages do not exist', async ({ page }) => {
  await signUp(page, newEmail());
  await expect(page.getByRole('link', { name: 'Users', exact: true })).toHaveCount(0);
  await page.goto('/admin/users');
  await expect(page.getByRole('heading', { name: 'Page not found', level: 1 })).toBeVisible();
});

test('a link into the administration survives signing in', async ({ page }) => {
  await page.goto('/admin/audit?user=3');
  await expect(page).toHaveURL('/sign-in?returnTo=%2Fadmin%2Faudit%3Fuser%3D3');
  await signIn(page, ADMIN.email, PASSWORD);
  await expect(page).toHaveURL('/admin/audit?user=3');
  await expect(page.getByText('Only events for user 3')).toBeVisible();
});

test('so do search and filters', async ({ page }) => {
  const address = '/admin/users?search=okafor&status=active&role=user';
  await page.goto(address);
  await expect(page).toHaveURL(`/sign-in?returnTo=${encodeURIComponent(address)}`);
  await signIn(page, ADMIN.email, PASSWORD);
  await expect(page).toHaveURL(address);
  await expect(page.getByRole('list', { name: 'Users' }).getByRole('listitem')).toHaveCount(1);
  await page.goto('/admin/audit?kind=signed_in');
  await expect(page.getByRole('button', { name: 'Signed in' })).toHaveAttribute('aria-pressed', 'true');
});

test.describe('the administration’s script', () => {
  const SCRIPT = '**/administration-screens-*.js';

  test('is loaded by nobody who does not open it', async ({ page }) => {
    const scripts: string[] = [];
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname);
    });
    await signIn(page, ADMIN.email, ADMIN.password);
    await expect(page.getByRole('link', { name: 'Users', exact: true })).toBeVisible();
    const first = [...scripts];
    expect(first.filter((script) => script.includes('-screens-'))).toEqual([]);
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await expect(page.getByRole('list', { name: 'Users' })).toBeVisible();
    expect(scripts.slice(first.length)).toEqual([expect.stringMatching(/\/administration-screens-[0-9a-f]+\.js$/)]);
  });

  test('can be asked for again when it could not be loaded', async ({ page, expectFailures }) => {
    expectFailures();
    await signIn(page, ADMIN.email, ADMIN.password);
    await page.route(SCRIPT, (route) => route.abort());
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('This page could not be loaded');
    await page.unroute(SCRIPT);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('list', { name: 'Users' })).toBeVisible();
  });

  test('is found in a new page when a release took it away', async ({ page, expectFailures }) => {
    expectFailures();
    await signIn(page, ADMIN.email, ADMIN.password);
    await page.route(SCRIPT, (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Audit trail' }).click();
    await expect(page.getByRole('alert')).toContainText('This page could not be loaded');
    // The page that the button loads belongs to the release that is served now.
    await page.route('**/admin/audit', async (route) => {
      await page.unroute(SCRIPT);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('list', { name: 'Audit trail' })).toBeVisible();
  });
});

test('the pages bring their font', async ({ page }) => {
  await page.goto('/sign-in');
  const font = () => page.evaluate(() => [...document.fonts].map(({ family, status }) => `${family} ${status}`));
  await expect.poll(font).toEqual(['Inter loaded']);
  const url = await page.locator('link[as=font]').getAttribute('href');
  const answer = await page.request.get(url ?? '');
  expect(answer.headers()).toMatchObject({
    'content-type': 'font/woff2',
    'cache-control': 'public, max-age=31536000, immutable',
  });
});
