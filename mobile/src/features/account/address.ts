/** What an account says about its address. */
import type { User } from '@/api/generated/latchkey';

export type Pending = User & { pending_email: string; pending_email_flow: string; pending_email_expires_at: string };

/** Whether a code for an address is on its way that can still be typed. */
export function isPending(user: User, now = Date.now()): user is Pending {
  const { pending_email: email, pending_email_flow: flow, pending_email_expires_at: end } = user;
  return email != null && flow != null && end != null && Date.parse(end) > now;
}
