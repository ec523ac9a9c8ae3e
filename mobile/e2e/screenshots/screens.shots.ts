/** Pictures of every screen, for the documentation and for whoever changes the looks. */
import type { Page } from '@playwright/test';

import { looks, pictureOf, type Look } from '../support/looks';
import { addressOf, makeHistory, signInOnPhone } from '../support/people';
import { ADMIN, expect, PASSWORD, signIn, test } from '../support/test';

const ADA = addressOf('amara.okafor');

type Step = { name: string; url: string; heading: string; prepare?: (page: Page) => Promise<void> };

const visitor: Step[] = [
  { name: 'sign-in', url: '/sign-in', heading: 'Sign in' },
  {
    name: 'sign-up',
    url: '/sign-up',
    heading: 'Create an account',
    prepare: async (page) => {
      await page.getByLabel('Email address').fill('ada@northwind.example');
      await page.getByLabel('Password', { exact: true }).fill('ten green kettles');
      await page.getByLabel('Password', { exact: true }).blur();
    },
  },
];

const member: Step[] = [
  { name: 'account', url: '/', heading: 'Account' },
  { name: 'devices', url: '/devices', heading: 'Devices and sessions' },
  { name: 'change-email', url: '/account/email', heading: 'Change email address' },
  { name: 'change-password', url: '/account/password', heading: 'Change password' },
  { name: 'delete-account', url: '/account/delete', heading: 'Delete account' },
];

const administrator: Step[] = [
  { name: 'users', url: '/admin/users', heading: 'Users' },
  { name: 'audit', url: '/admin/audit', heading: 'Audit trail' },
];

async function shoot(page: Page, step: Step, look: Look) {
  await page.goto(step.url);
  await expect(page.getByRole('heading', { name: step.heading, level: 1 })).toBeVisible();
  await expect(page.getByRole('status', { name: 'Loading…' })).toHaveCount(0);
  await step.prepare?.(page);
  await page.screenshot({ path: pictureOf(step.name, look) });
}

test('every screen, both sizes, both schemes', async ({ service, company: _people, openBrowser }) => {
  await signInOnPhone(service, ADA, 'Amara’s Pixel');
  await signInOnPhone(service, ADA, 'Amara’s iPad');
  await signInOnPhone(service, addressOf('hana.sato'), 'Hana’s phone');
  await makeHistory(service, ADMIN);
  for (const look of looks) {
    const own = await openBrowser(look.options);
    for (const step of visitor) await shoot(own, step, look);
    await signIn(own, ADA, PASSWORD);
    for (const step of member) await shoot(own, step, look);
    const admin = await openBrowser(look.options);
    await signIn(admin, ADMIN.email, ADMIN.password);
    for (const step of administrator) await shoot(admin, step, look);
    await admin.goto('/admin/users');
    await admin.getByRole('link', { name: /hana\.sato/ }).click();
    await expect(admin.getByRole('heading', { name: 'hana.sato@northwind.example', level: 1 })).toBeVisible();
    await expect(admin.getByRole('status', { name: 'Loading…' })).toHaveCount(0);
    await admin.screenshot({ path: pictureOf('user', look) });
    await own.context().close();
    await admin.context().close();
  }
});
