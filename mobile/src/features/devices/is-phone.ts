import type { Session } from '@/api/generated/latchkey';

/** Decides which picture stands beside a session; its name says the rest. */
export function isPhone(session: Pick<Session, 'client_type' | 'user_agent'>): boolean {
  return session.client_type === 'native' || /\b(iPhone|iPad|Android|Mobile)\b/.test(session.user_agent);
}
