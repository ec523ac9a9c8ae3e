/** Pictures of a sign-in within which a second factor has to be set up. */
import { Authenticator } from '../support/authenticator';
import { expectNoViolations } from '../support/axe';
import { enrolmentCode } from '../support/enrolment';
import { looks, pictureOf } from '../support/looks';
import { mailbox } from '../support/mails';
import { expect, PASSWORD, test } from '../support/test';

test.use({ settings: { ...mailbox.settings, SECOND_FACTOR: 'required' } });

for (const look of looks) {
  test(look.suffix, async ({ openBrowser, service, expectFailures }) => {
    expectFailures();
    const email = `eve.${look.suffix}@northwind.example`;
    await service.createAdmin(email, PASSWORD);
    const page = await openBrowser(look.options);
    const shoot = async (name: string) => {
      await expectNoViolations(page);
      await page.screenshot({ path: pictureOf(name, look) });
    };
    await page.goto('/sign-in');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Is that you?', level: 1 })).toBeVisible();
    await shoot('enrolment-code');
    await page.getByLabel('Code from the email').fill(await enrolmentCode(service, email));
    await expect(page.getByRole('heading', { name: 'Set up a second factor', level: 1 })).toBeVisible();
    const secret = page.getByText(/^(\w{4} ){7}\w{4}$/);
    await expect(secret).toBeVisible();
    await shoot('enrolment-app');
    const app = new Authenticator((await secret.textContent()) ?? '');
    await page.getByLabel('Code from your authenticator app').fill(app.code());
    await expect(page.getByRole('heading', { name: 'Recovery codes', level: 1 })).toBeVisible();
    await shoot('enrolment-recovery-codes');
  });
}
