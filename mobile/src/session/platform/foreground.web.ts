import type { Foreground } from '../engine/keep-alive';

export const foreground: Foreground = {
  isActive: () => document.visibilityState === 'visible',
  listen(change) {
    document.addEventListener('visibilitychange', change);
    window.addEventListener('online', change);
    return () => {
      document.removeEventListener('visibilitychange', change);
      window.removeEventListener('online', change);
    };
  },
};
