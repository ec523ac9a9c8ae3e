/**
 * The secret behind the `#` of a mailed link. It is taken out of the address before the router or
 * anything else sees it, and held in memory until it is used.
 */
import { useSyncExternalStore } from 'react';

export type MailedPage = 'verify' | 'reset' | 'confirm-email' | 'undo' | 'invitation';

type Held = { page: MailedPage; token: string };

/** Whatever the scheme: `https://host/reset#…`, `latchkey://reset#…`, `/reset#…`. */
const MAILED = /^([^?#]*\/|)(verify|reset|confirm-email|undo|invitation)(\/?(?:\?[^#]*)?)#(.*)$/s;

let held: Held | null = null;
const listeners = new Set<() => void>();

function hold(next: Held | null): void {
  held = next;
  for (const listener of listeners) listener();
}

/** The address without its secret, which is held from now on. Other addresses stay as they are. */
export function takeOut(address: string): string {
  const [, before = '', page, after = '', token = ''] = MAILED.exec(address) ?? [];
  if (page === undefined) return address;
  if (token !== '') hold({ page: page as MailedPage, token });
  return `${before}${page}${after}`;
}

/** What a page does with its secret when that has been used or is of no use. */
export function forgetMailedToken(): void {
  hold(null);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The secret that this page was opened with, or null. */
export function useMailedToken(page: MailedPage): string | null {
  return useSyncExternalStore(subscribe, () => (held?.page === page ? held.token : null));
}
