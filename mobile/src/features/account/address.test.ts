import type { User } from '@/api/generated/latchkey';

import { isPending } from './address';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const asked = { pending_email: 'ada@example.org', pending_email_flow: 'flow', pending_email_expires_at: '2026-03-10T12:00:01Z' } as User;

it('waits for a code as long as one can be typed', () => {
  expect(isPending(asked, NOW)).toBe(true);
  expect(isPending(asked, NOW + 1_000)).toBe(false);
});

it('waits for none when nothing was asked for', () => {
  expect(isPending({} as User, NOW)).toBe(false);
  expect(isPending({ ...asked, pending_email: null }, NOW)).toBe(false);
});
