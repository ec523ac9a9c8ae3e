import { focusManager, onlineManager } from '@tanstack/react-query';
import * as Network from 'expo-network';
import { AppState, type AppStateStatus } from 'react-native';

import { followPlatform } from './query-platform';

it('tells React Query when the app is in front and when there is a network', () => {
  let turn: (state: AppStateStatus) => void = () => undefined;
  let connect: (state: Network.NetworkState) => void = () => undefined;
  const subscription = { remove: () => undefined };
  jest.spyOn(AppState, 'addEventListener').mockImplementation((_type, listener) => {
    turn = listener as typeof turn;
    return subscription as ReturnType<typeof AppState.addEventListener>;
  });
  jest.spyOn(Network, 'addNetworkStateListener').mockImplementation((listener) => {
    connect = listener;
    return subscription;
  });
  followPlatform();
  // Both listen as soon as somebody listens to them.
  focusManager.subscribe(() => undefined);
  onlineManager.subscribe(() => undefined);

  turn('background');
  expect(focusManager.isFocused()).toBe(false);
  turn('active');
  expect(focusManager.isFocused()).toBe(true);
  connect({ isConnected: false });
  expect(onlineManager.isOnline()).toBe(false);
  connect({ isConnected: true });
  expect(onlineManager.isOnline()).toBe(true);
});
