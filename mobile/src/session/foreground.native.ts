import { AppState } from 'react-native';

import type { Foreground } from './keep-alive';

export const foreground: Foreground = {
  isActive: () => AppState.currentState === 'active',
  listen(change) {
    const subscription = AppState.addEventListener('change', change);
    return () => subscription.remove();
  },
};
