import { Stack } from 'expo-router';

import { useTheme } from '@/ui';

/** The platform's own transitions and gestures; each page brings its own heading. */
export function Navigator() {
  const { colors } = useTheme();
  return <Stack screenOptions={{ headerShown: false, contentStyle: { backgroundColor: colors.canvas } }} />;
}
