/** Small, harmless choices of this browser. */

const PREFIX = 'latchkey.preference.';

export function readPreference(name: string): string | null {
  try {
    return window.localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function writePreference(name: string, value: string): void {
  try {
    window.localStorage.setItem(PREFIX + name, value);
  } catch {
    // A browser that refuses storage forgets the choice; nothing else is lost.
  }
}
