/** `SECOND_FACTOR=required`: whoever has no second factor sets one up within the sign-in. */
import { Authenticator } from './support/authenticator';
import { expectNoViolations } from './support/axe';
import { enrolmentCode } from './support/enrolment';
import { mailbox } from './support/mails';
import { ADMIN, expect, newEmail, PASSWORD, test } from './support/test';

test.use({ settings: { ...mailbox.settings, SECOND_FACTOR: 'required' } });

test('a sign-in goes on with a mailed code, an app and its recovery codes', async ({ page, service, expectFailures }) => {
  expectFailures();
  const { email, password } = ADMIN;
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();

  await expect(page.getByRole('heading', { name: 'Is that you?', level: 1 })).toBeVisible();
  const mailed = page.getByLabel('Code from the email');
  await expect(mailed).toBeFocused();
  await expect(page.getByRole('button', { name: /^Send a new code \(/ })).toBeDisabled();
  await expectNoViolations(page);
  await mailed.fill('0000 0001');
  await expect(page.getByText('This code isn’t right.')).toBeVisible();
  await mailed.fill(await enrolmentCode(service, email));

  await expect(page.getByRole('heading', { name: 'Set up a second factor', level: 1 })).toBeVisible();
  const secret = page.getByText(/^(\w{4} ){7}\w{4}$/);
  await expect(secret).toBeVisible();
  await expectNoViolations(page);
  const app = new Authenticator((await secret.textContent()) ?? '');
  await page.getByLabel('Code from your authenticator app').fill(app.code());

  await expect(page.getByRole('heading', { name: 'Recovery codes', level: 1 })).toBeVisible();
  await expect(page.getByRole('listitem')).toHaveCount(10);
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'I’ve stored them' }).click();
  await expect(page.getByRole('heading', { name: 'Account', level: 1, exact: true })).toBeVisible();

  // What is for administrators is open, and the activity tells of all of it.
  await page.goto('/admin/users');
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
  await page.goto('/account/activity');
  await expect(page.getByRole('heading', { name: 'Activity', level: 1 })).toBeVisible();
  for (const event of ['Signed in', 'Authenticator app set up', 'Code to set up a second factor sent']) {
    await expect(page.getByText(event, { exact: true })).toBeVisible();
  }
  await expectNoViolations(page);
});

test('it can be done in German', async ({ page, service, expectFailures }) => {
  expectFailures();
  const email = newEmail();
  await service.createAdmin(email, PASSWORD);
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await page.getByLabel('E-Mail-Adresse').fill(email);
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Bist du es?', level: 1 })).toBeVisible();
  await expectNoViolations(page);
  await page.getByLabel('Code aus der E-Mail').fill(await enrolmentCode(service, email));
  await expect(page.getByRole('heading', { name: 'Zweiten Faktor einrichten', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: 'Neu beginnen' }).click();
  await expect(page.getByLabel('Passwort', { exact: true })).toBeVisible();
});
