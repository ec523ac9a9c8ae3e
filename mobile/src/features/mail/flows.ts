/**
 * A sign-up or reset that goes on with a mail, kept over a reload and for a link that opens in a new
 * tab. It holds no secret: what it names is of no use without the mail.
 */
import { readPreference, writePreference } from '@/preferences/stored';
import type { StartedFlow } from '@/api/generated/latchkey';

export type MailFlow = { flow: string; email: string; resendAt: number; expiresAt: number };

type Purpose = 'sign-up' | 'reset';

const nameOf = (purpose: Purpose) => `mail-flow.${purpose}`;

export function keepFlow(purpose: Purpose, email: string, started: StartedFlow, now = Date.now()): MailFlow {
  const kept = {
    flow: started.flow,
    email,
    resendAt: now + started.resend_in * 1000,
    expiresAt: now + started.expires_in * 1000,
  };
  writePreference(nameOf(purpose), JSON.stringify(kept));
  return kept;
}

/** Null when there is none, or the service has given it up by now. */
export function readFlow(purpose: Purpose, now = Date.now()): MailFlow | null {
  const kept = parse(readPreference(nameOf(purpose)));
  return kept && now < kept.expiresAt ? kept : null;
}

export function forgetFlow(purpose: Purpose): void {
  writePreference(nameOf(purpose), '');
}

function parse(text: string | null): MailFlow | null {
  try {
    const { flow, email, resendAt, expiresAt } = JSON.parse(text ?? '');
    const isWhole = typeof flow === 'string' && typeof email === 'string';
    return isWhole && Number.isFinite(resendAt) && Number.isFinite(expiresAt) ? { flow, email, resendAt, expiresAt } : null;
  } catch {
    return null;
  }
}
