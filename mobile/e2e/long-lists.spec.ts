import type { Page, Request } from '@playwright/test';

import { ADMIN, expect, PASSWORD, signIn, test } from './support/test';

// Hundreds of people are registered for these tests; none of them has anything to hide.
test.use({ settings: { ARGON2_MEMORY_KIB: '64', ARGON2_ITERATIONS: '1' } });

const PEOPLE = 300;
const AT_ONCE = 10;
const address = (number: number) => `person.${String(number).padStart(3, '0')}@northwind.example`;

test.beforeAll(async ({ service }) => {
  for (let first = 0; first < PEOPLE; first += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, offset) => service.signUp(address(first + offset), PASSWORD));
    await Promise.all(batch);
  }
});

const rowsOf = (page: Page) => page.getByRole('list', { name: 'Users' }).getByRole('listitem');
const lastPosition = async (page: Page) => Number(await rowsOf(page).last().getAttribute('aria-posinset'));

/** Turns the wheel until the list has got there. */
async function scrollTo(page: Page, position: number): Promise<void> {
  await rowsOf(page).first().hover();
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 1500);
      return lastPosition(page);
    })
    .toBeGreaterThan(position);
}

/** A row in the middle of the window, and where it stands once nothing moves any more. */
async function rowInView(page: Page) {
  const { height } = page.viewportSize() ?? { height: 0 };
  for (const row of await rowsOf(page).all()) {
    const box = await row.boundingBox();
    if (box && box.y > height / 3 && box.y + box.height < height) return { name: await row.innerText(), y: box.y };
  }
  throw new Error('no row is in view');
}

async function expectAsLeft(page: Page, { name, y }: { name: string; y: number }): Promise<void> {
  const row = rowsOf(page).filter({ hasText: name.split('\n').find((line) => line.includes('@')) ?? name });
  await expect(row).toBeVisible();
  await expect.poll(async () => Math.abs(((await row.boundingBox())?.y ?? 0) - y)).toBeLessThan(3);
}

function watchLists(page: Page) {
  const asked: URL[] = [];
  page.on('request', (request: Request) => {
    const url = new URL(request.url());
    if (request.method() === 'GET' && url.pathname === '/api/v1/users') asked.push(url);
  });
  return {
    asked,
    forget: () => void asked.splice(0),
    pages: () => asked.filter((url) => url.searchParams.has('cursor')).length,
  };
}

test('a long list renders what is in view, down to its end', async ({ page }) => {
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users');
  await scrollTo(page, 150);
  expect(await rowsOf(page).count()).toBeLessThan(50);
  await scrollTo(page, PEOPLE);
  await expect(page.getByText('All caught up.')).toBeInViewport();
  expect(await rowsOf(page).count()).toBeLessThan(50);
  await expect(rowsOf(page).last()).toHaveAttribute('aria-setsize', String(PEOPLE + 1));
  await expect(rowsOf(page).last()).toContainText(ADMIN.email);
});

for (const [way, goBack] of [
  ['Back of the browser', (page: Page) => page.goBack()],
  ['way back of the page', (page: Page) => page.getByRole('main').getByRole('link', { name: 'Users', exact: true }).click()],
] as const) {
  test(`the ${way} finds search, filters, pages and place as they were left`, async ({ page }) => {
    await signIn(page, ADMIN.email, ADMIN.password);
    await page.goto('/admin/users');
    await page.getByLabel('Search by email address').fill('northwind');
    await expect(page).toHaveURL('/admin/users?search=northwind');
    await page.getByRole('button', { name: 'Active', exact: true }).click();
    await expect(page).toHaveURL('/admin/users?search=northwind&status=active');
    await scrollTo(page, 120);
    const left = await rowInView(page);
    const lists = watchLists(page);
    await page.getByText(left.name.split('\n').find((line) => line.includes('@')) ?? '').click();
    await expect(page.getByRole('button', { name: 'Deactivate account' })).toBeVisible();
    await goBack(page);
    await expect(page).toHaveURL('/admin/users?search=northwind&status=active');
    await expectAsLeft(page, left);
    await expect(page.getByRole('button', { name: 'Active', exact: true })).toHaveAttribute('aria-pressed', 'true');
    expect(lists.pages()).toBe(0);
    // The history is what it was: one step further back is the page before the list.
    await page.goBack();
    await expect(page).toHaveURL('/');
  });
}

test('neither the window’s focus nor a change of one user reads the pages again', async ({ page }) => {
  await page.clock.install();
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users');
  await scrollTo(page, 120);
  const lists = watchLists(page);

  await page.clock.fastForward(10_000);
  const renewed = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/api/v1/users');
  await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
  await renewed;
  expect(lists.pages()).toBe(0);
  expect(lists.asked.length).toBe(1);

  const left = await rowInView(page);
  const email = left.name.split('\n').find((line) => line.includes('@')) ?? '';
  await page.getByText(email).click();
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make administrator' }).click();
  await expect(page.getByText('The role has been changed.')).toBeVisible();
  await page.goBack();
  await expectAsLeft(page, left);
  await expect(rowsOf(page).filter({ hasText: email })).toContainText('Administrator');
  expect(lists.pages()).toBe(0);
});

test('whoever no longer fits the filter leaves the list', async ({ page }) => {
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.goto('/admin/users?status=active&search=person.0');
  const row = rowsOf(page).filter({ hasText: address(99) });
  await row.click();
  await page.getByRole('button', { name: 'Deactivate account' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate account' }).click();
  await expect(page.getByText('The account has been deactivated.')).toBeVisible();
  await page.goBack();
  await expect(rowsOf(page).filter({ hasText: address(98) })).toBeVisible();
  await expect(row).toHaveCount(0);
});

test('typing replaces the address, so that one step back leaves the list', async ({ page }) => {
  await signIn(page, ADMIN.email, ADMIN.password);
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  await page.getByLabel('Search by email address').pressSequentially('person.29', { delay: 60 });
  await expect(page).toHaveURL('/admin/users?search=person.29');
  await expect(rowsOf(page)).toHaveCount(10);
  await page.reload();
  await expect(page.getByLabel('Search by email address')).toHaveValue('person.29');
  await expect(rowsOf(page)).toHaveCount(10);
  await page.getByLabel('Search by email address').fill('');
  await expect(page).toHaveURL('/admin/users');
  await page.goBack();
  await expect(page).toHaveURL('/');
});
