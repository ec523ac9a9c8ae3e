import type { User } from '@/api/generated/latchkey';

import { useCountdown } from '../mail/use-countdown';
import { isPending, type Pending } from './address';

/** The account, while a code for an address of it can be typed; else null. */
export function usePending(user: User): Pending | null {
  const left = useCountdown(Date.parse(user.pending_email_expires_at ?? ''));
  return left > 0 && isPending(user) ? user : null;
}
