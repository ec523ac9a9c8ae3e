import { addNetworkStateListener } from 'expo-network';
import { AppState } from 'react-native';

import type { Foreground } from '../engine/keep-alive';

export const foreground: Foreground = {
  isActive: () => AppState.currentState === 'active',
  listen(change) {
    const subscriptions = [AppState.addEventListener('change', change), addNetworkStateListener(change)];
    return () => subscriptions.forEach((one) => one.remove());
  },
};
