import { usePathname, type Href } from 'expo-router';

import type { Glyph } from '@/ui/glyphs';

export type NavItem = { href: Href & string; label: string; glyph: Glyph };

/** Whether the page in view belongs to this item. */
export function useIsHere({ href }: NavItem): boolean {
  const pathname = usePathname();
  return href === '/' ? pathname === '/' || pathname.startsWith('/account') : pathname.startsWith(href);
}
