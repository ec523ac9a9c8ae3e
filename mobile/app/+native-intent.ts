import { takeOut } from '@/links/mailed-link';

/** Every link that opens the app passes here first. */
export function redirectSystemPath({ path }: { path: string; initial: boolean }): string {
  return takeOut(path);
}
