import { Tabs } from 'expo-router/js-tabs';

import { useTheme } from '@/ui';

/** One of several areas at a time; each keeps what was open in it. The frame around them brings the bar. */
export function Switch() {
  const { colors } = useTheme();
  return <Tabs tabBar={() => null} screenOptions={{ headerShown: false, sceneStyle: { backgroundColor: colors.canvas } }} />;
}
