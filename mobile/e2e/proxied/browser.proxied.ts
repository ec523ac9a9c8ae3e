import { expect, newEmail, signIn, signUp, test as base } from '../support/test';

const test = base.extend({ baseURL: async ({}, use) => use(process.env.PROXY_URL) });

const SESSION = ['__Host-access_token', '__Host-refresh_token'];

test('a person signs up, is refreshed, signs out and in again over https', async ({
  page,
  context,
  expectFailures,
}) => {
  expectFailures();
  const email = newEmail();
  await signUp(page, email);
  const protocol = await page.evaluate(() => performance.getEntriesByType('navigation').map((entry) => entry.toJSON().nextHopProtocol));
  expect(protocol).toEqual(['h2']);

  const cookies = await context.cookies();
  const names = cookies.map(({ name }) => name).sort();
  expect(names).toEqual(['__Host-access_token', '__Host-csrf_token', '__Host-device', '__Host-refresh_token']);
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/', domain: 'localhost' });
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');

  await context.clearCookies({ name: '__Host-access_token' });
  const refreshed = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/auth/refresh'));
  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  expect((await refreshed).status()).toBe(200);
  await expect(page.getByText('This device')).toBeVisible();
  expect((await context.cookies()).map(({ name }) => name)).toContain('__Host-access_token');

  const forged = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/auth/logout', { method: 'POST' });
    return { status: answer.status, code: (await answer.json()).code };
  });
  expect(forged).toEqual({ status: 403, code: 'csrf_failed' });
  await page.reload();
  await expect(page.getByText('This device')).toBeVisible();

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL('/sign-in');
  const left = (await context.cookies()).map(({ name }) => name);
  expect(left.filter((name) => SESSION.includes(name))).toEqual([]);
  await signIn(page, email);
});

test('a browser that guesses is limited by its own address', async ({ page, expectFailures }) => {
  expectFailures();
  await page.goto('/sign-in');
  const statuses = await page.evaluate(async () => {
    const { csrf_token } = await (await fetch('/api/v1/csrf')).json();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf_token };
    const guess = async (index: number) => {
      const body = JSON.stringify({ email: `nobody${index}@example.org`, password: 'a wrong passphrase' });
      return (await fetch('/api/v1/auth/login', { method: 'POST', headers, body })).status;
    };
    const seen: number[] = [];
    while (seen.at(-1) !== 429 && seen.length < 40) seen.push(await guess(seen.length));
    return seen;
  });
  expect(statuses.at(-1)).toBe(429);
  expect(statuses.slice(0, -1).every((status) => status === 401)).toBe(true);
});
