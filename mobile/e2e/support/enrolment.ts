/** Setting up a second factor within a sign-in. */
import { mailbox } from './mails';
import type { Service } from './service';
import { expect } from './test';

/** The code that was mailed for it. */
export async function enrolmentCode(service: Service, recipient: string): Promise<string> {
  let code: string | undefined;
  await expect(async () => {
    const mails = await mailbox.list(service);
    const mail = mails.find((one) => one.recipient === recipient && /second factor|zweiten Faktor/.test(one.subject));
    code = /^ +(\d{4} \d{4})\s*$/m.exec(mail?.text ?? '')?.[1];
    expect(code, `a code for ${recipient}`).toBeTruthy();
  }).toPass({ timeout: 15_000, intervals: [100] });
  return code ?? '';
}
