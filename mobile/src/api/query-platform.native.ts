import { focusManager, onlineManager } from '@tanstack/react-query';
import { addNetworkStateListener } from 'expo-network';
import { AppState } from 'react-native';

/** A phone has neither a window nor its events: reads are renewed when the app or the network comes back. */
export function followPlatform(): void {
  focusManager.setEventListener((setFocused) => {
    const subscription = AppState.addEventListener('change', (state) => setFocused(state === 'active'));
    return () => subscription.remove();
  });
  onlineManager.setEventListener((setOnline) => {
    const subscription = addNetworkStateListener(({ isConnected }) => setOnline(isConnected !== false));
    return () => subscription.remove();
  });
}
